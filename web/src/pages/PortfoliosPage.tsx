export function PortfoliosPage() {
  return <p>Portfolios</p>;
}
