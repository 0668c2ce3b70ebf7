import { Link, useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { PORTFOLIO_PAGES } from "./portfolioPages";

/** The pages of a portfolio; where they do not all fit, the one that is shown is scrolled to. */
export function PortfolioTabs({ portfolioId }: { readonly portfolioId: number }) {
  const bar = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is another tab
  useEffect(() => {
    const shown = bar.current?.querySelector("[aria-current=page]");
    if (!bar.current || !shown) return;
    const [around, own] = [bar.current.getBoundingClientRect(), shown.getBoundingClientRect()];
    bar.current.scrollLeft += own.left + own.width / 2 - (around.left + around.width / 2);
  }, [pathname]);
  return (
    <nav ref={bar} className="rp-tabs rp-no-print" aria-label="Pages of this portfolio">
      {PORTFOLIO_PAGES.map(([label, to]) => (
        <Link
          key={to}
          to={to}
          params={{ portfolioId }}
          search={(old) => old}
          className="rp-tab"
          activeOptions={{ exact: label === "Overview" }}
          activeProps={{ "aria-current": "page" }}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
