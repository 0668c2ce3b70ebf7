import { type Age, AsOf, Beta, Concentration, Health, Moved, Nav, Trail, Volatility } from "./cells";
import { NoSnapshot } from "./NoSnapshot";
import { Name } from "./PortfolioTable";
import type { Summary } from "./summaries";

interface PortfolioCardsProps {
  readonly rows: readonly Summary[];
  readonly age: Age;
  /** The button of a portfolio's actions. */
  readonly button: (one: Summary) => React.ReactNode;
}

/** The same as the table, for narrow windows. */
export function PortfolioCards({ rows, age, button }: PortfolioCardsProps) {
  return (
    <ul className="rp-cards">
      {rows.map((one) => (
        <li key={one.id} className="rp-card">
          <div className="rp-card-head">
            <h2>
              <Name one={one} />
            </h2>
            <div className="rp-card-end">
              {one.snapshot_date !== null && <Health one={one} age={age} />}
              {button(one)}
            </div>
          </div>
          {one.snapshot_date === null ? <NoSnapshot one={one} /> : <Figures one={one} age={age} />}
        </li>
      ))}
    </ul>
  );
}

function Figures({ one, age }: { readonly one: Summary; readonly age: Age }) {
  return (
    <dl className="rp-figures">
      <Figure label="NAV">
        <Nav one={one} />
      </Figure>
      <Figure label="Day">
        <Moved value={one.daily_return} />
      </Figure>
      <Figure label="Market beta">
        <Beta one={one} />
      </Figure>
      <Figure label="Volatility">
        <Volatility one={one} />
      </Figure>
      <Figure label="HHI">
        <Concentration one={one} />
      </Figure>
      <Figure label="As of">
        <AsOf one={one} age={age} />
      </Figure>
      <Figure label="NAV, 30 sessions" wide>
        <Trail one={one} />
      </Figure>
    </dl>
  );
}

interface FigureProps {
  readonly label: string;
  readonly wide?: boolean;
  readonly children: React.ReactNode;
}

export function Figure({ label, wide = false, children }: FigureProps) {
  return (
    <div data-wide={wide}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
