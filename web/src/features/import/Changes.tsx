import { IconCircleCheck } from "@tabler/icons-react";
import { listed, money, number } from "~/lib/format";
import { ScrollBox } from "~/ui/ScrollBox";
import type { PortfolioChange, Report } from "./report";

const WARNED = 12; // warnings that are listed

interface ChangesProps {
  readonly report: Report;
  /** Whether it is done, or only would be. */
  readonly done: boolean;
}

/** What an import changes: in a sentence, then portfolio by portfolio. */
export function Changes({ report, done }: ChangesProps) {
  const { changes, stays, warnings, portfolios } = report;
  return (
    <>
      <p className="rp-outcome" aria-live="polite">
        {changes.length === 0 ? (
          <>
            <IconCircleCheck size={18} aria-hidden className="rp-inline rp-less" />{" "}
            <strong>Nothing to change:</strong> everything is stored as the file has it.
          </>
        ) : (
          <>
            <strong>{listed(changes, 9)}</strong>
            {done ? "." : ", if you import it."}
          </>
        )}
        {stays.length > 0 && <span className="rp-quiet"> {listed(stays)}.</span>}
      </p>
      {warnings.length > 0 && <Warnings warnings={warnings} />}
      {portfolios.length > 0 && <PerPortfolio portfolios={portfolios} />}
    </>
  );
}

function Warnings({ warnings }: { readonly warnings: readonly string[] }) {
  const rest = warnings.length - WARNED;
  return (
    <div className="rp-notice" data-tone="more">
      <div className="rp-notice-text">
        <strong>To know; it stops nothing</strong>
        <ul className="rp-warnings">
          {warnings.slice(0, WARNED).map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
        {rest > 0 && `and ${number(rest)} more`}
      </div>
    </div>
  );
}

const COUNTS = ["added", "changed", "removed", "kept", "unchanged"] as const;

function PerPortfolio({ portfolios }: { readonly portfolios: readonly PortfolioChange[] }) {
  return (
    <ScrollBox label="Portfolios of the file">
      <table className="rp-table">
        <caption className="rp-visually-hidden">What happens to each portfolio, in lots</caption>
        <thead>
          <tr>
            <th scope="col">Portfolio</th>
            <th scope="col">It is</th>
            <th scope="col" className="rp-num">
              Cash
            </th>
            <th scope="col">Index</th>
            {COUNTS.map((name) => (
              <th key={name} scope="col" className="rp-num">
                Lots {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {portfolios.map((one) => (
            <tr key={one.name}>
              <th scope="row" className="rp-strong">
                {one.name}
              </th>
              <td>{one.status}</td>
              <td className="rp-num">{money(one.cash_balance, "USD")}</td>
              <td>{one.market_index}</td>
              {COUNTS.map((name) => (
                <td key={name} className={one[name] === 0 ? "rp-num rp-quiet" : "rp-num"}>
                  {number(one[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
