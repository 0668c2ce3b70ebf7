import { Link } from "@tanstack/react-router";
import { useState } from "react";

const FEW = 12;

interface SymbolsProps {
  readonly symbols: readonly string[];
  readonly portfolioId: number;
}

/** Symbols that a finding concerns, each a way to its position. */
export function Symbols({ symbols, portfolioId }: SymbolsProps) {
  const [all, setAll] = useState(false);
  const shown = all ? symbols : symbols.slice(0, FEW);
  return (
    <span>
      {": "}
      {shown.map((symbol, at) => (
        <span key={symbol}>
          {at > 0 && ", "}
          <Link
            to="/p/$portfolioId/positions"
            params={{ portfolioId }}
            search={searchFor(symbol)}
            className="rp-text-link"
          >
            {symbol}
          </Link>
        </span>
      ))}
      {shown.length < symbols.length && (
        <>
          {" "}
          <button type="button" className="rp-plain rp-text-link" onClick={() => setAll(true)}>
            and {symbols.length - shown.length} more
          </button>
        </>
      )}
    </span>
  );
}

/** What the positions page filters by. */
function searchFor(symbol: string): { as_of: undefined; q: string } {
  return { as_of: undefined, q: symbol };
}
