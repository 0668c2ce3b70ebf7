export function PositionsPage() {
  return <p>Positions</p>;
}
