import { Figure } from "~/features/portfolios/PortfolioCards";
import { Amount, Beta, Expected, Percent, Risk, StatusWords } from "./cells";
import type { Row } from "./holdings";

interface HoldingCardsProps {
  readonly rows: readonly Row[];
  /** Where the bars of shares end. */
  readonly end: number;
  readonly currency: string;
}

/** The main six of each holding, for narrow windows. */
export function HoldingCards({ rows, end, currency }: HoldingCardsProps) {
  return (
    <ul className="rp-cards">
      {rows.map((one) => (
        <li key={one.symbol} className="rp-card">
          <div className="rp-card-head">
            <div>
              <h3>
                {one.symbol}
                {one.quantity < 0 && <span className="rp-side">short</span>}
              </h3>
              <div className="rp-quiet rp-small">{one.name}</div>
            </div>
            <div className="rp-quiet rp-small rp-right">{one.sector ?? "Unclassified"}</div>
          </div>
          <dl className="rp-figures rp-figures-3">
            <Figure label="Value">
              <Amount one={one} currency={currency} />
            </Figure>
            <Figure label="Weight">
              <Percent value={one.weight} reason={one.reasons.weight ?? "unpriced"} />
            </Figure>
            <Figure label="Beta">
              <Beta one={one} />
            </Figure>
            <Figure label="Expected vol.">
              <Expected one={one} />
            </Figure>
            <Figure label="Of gross">
              <Percent value={one.share} reason={one.reasons.share ?? "unpriced"} />
            </Figure>
            <Figure label="Of risk">
              <Risk one={one} end={end} />
            </Figure>
          </dl>
          {one.statuses.length > 0 && <StatusWords one={one} />}
        </li>
      ))}
    </ul>
  );
}
