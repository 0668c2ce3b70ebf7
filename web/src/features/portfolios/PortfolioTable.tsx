import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Order } from "~/lib/sorting";
import { ScrollBox } from "~/ui/ScrollBox";
import { SortHead } from "~/ui/SortHead";
import { type Age, AsOf, Beta, Concentration, Health, Moved, Nav, Trail, Volatility } from "./cells";
import { NoSnapshot } from "./NoSnapshot";
import type { Summary } from "./summaries";

interface PortfolioTableProps {
  readonly rows: readonly Summary[];
  readonly age: Age;
  /** The button of a row's actions. */
  readonly button: (one: Summary) => ReactNode;
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
}

const HEADS = [
  { name: "name", label: "Portfolio", numeric: false },
  { name: "nav", label: "NAV", numeric: true, title: "Net asset value: cash plus all positions" },
  { name: "day", label: "Day", numeric: true, title: "Return of the newest session, trades left out" },
  { name: "beta", label: "Market beta", numeric: true, title: "Moves per move of the market" },
  {
    name: "volatility",
    label: "Volatility",
    numeric: true,
    title: "Expected over the next 21 sessions, a year",
  },
  { name: "hhi", label: "HHI", numeric: true, title: "Concentration, in points up to 10,000" },
  { name: "change", label: "NAV, 30 sessions", numeric: true, title: "Deposits and withdrawals included" },
  { name: "health", label: "Health", numeric: false },
  { name: "as_of", label: "As of", numeric: false },
];

/** The main figures of each portfolio; portfolios are not summed, since their risks do not add up. */
export function PortfolioTable({ rows, age, button, order, onOrder }: PortfolioTableProps) {
  return (
    <ScrollBox label="Portfolios">
      <table className="rp-table rp-wide">
        <caption className="rp-visually-hidden">
          Portfolios with the figures of their newest snapshots; the heads sort
        </caption>
        <thead>
          <tr>
            {HEADS.map(({ name, label, numeric, title }) => (
              <SortHead
                key={name}
                name={name}
                order={order}
                onOrder={onOrder}
                numeric={numeric}
                title={title}
              >
                {label}
              </SortHead>
            ))}
            <th scope="col" className="rp-plain-head">
              <span className="rp-visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr key={one.id}>
              <th scope="row">
                <Name one={one} />
              </th>
              {one.snapshot_date === null ? (
                <td colSpan={8}>
                  <NoSnapshot one={one} />
                </td>
              ) : (
                <Figures one={one} age={age} />
              )}
              <td className="rp-num rp-action">{button(one)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

export function Name({ one }: { readonly one: Summary }) {
  return (
    <Link to="/p/$portfolioId" params={{ portfolioId: one.id }} className="rp-link rp-strong">
      {one.name}
    </Link>
  );
}

function Figures({ one, age }: { readonly one: Summary; readonly age: Age }) {
  return (
    <>
      <td className="rp-num">
        <Nav one={one} />
      </td>
      <td className="rp-num">
        <Moved value={one.daily_return} />
      </td>
      <td className="rp-num">
        <Beta one={one} />
      </td>
      <td className="rp-num">
        <Volatility one={one} />
      </td>
      <td className="rp-num">
        <Concentration one={one} />
      </td>
      <td className="rp-num">
        <Trail one={one} />
      </td>
      <td className="rp-nowrap">
        <Health one={one} age={age} />
      </td>
      <td className="rp-nowrap">
        <AsOf one={one} age={age} />
      </td>
    </>
  );
}
