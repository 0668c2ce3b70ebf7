export function CorrelationPage() {
  return <p>Correlation</p>;
}
