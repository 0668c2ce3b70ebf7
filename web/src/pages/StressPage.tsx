export function StressPage() {
  return <p>Stress</p>;
}
