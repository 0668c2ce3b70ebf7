/** The pages of a portfolio, in the order of their tabs. */
export const PORTFOLIO_PAGES = [
  ["Overview", "/p/$portfolioId"],
  ["Positions", "/p/$portfolioId/positions"],
  ["History", "/p/$portfolioId/history"],
  ["Stress", "/p/$portfolioId/stress"],
  ["Correlation", "/p/$portfolioId/correlation"],
] as const;
