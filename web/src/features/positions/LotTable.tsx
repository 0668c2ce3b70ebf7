import { Figure } from "~/features/portfolios/PortfolioCards";
import { day, price, quantity } from "~/lib/format";
import type { Order } from "~/lib/sorting";
import { RowActions } from "~/ui/RowActions";
import { ScrollBox } from "~/ui/ScrollBox";
import { SortHead } from "~/ui/SortHead";
import { type Lot, type LotState, stateOf } from "./lots";

interface LotsProps {
  readonly rows: readonly Lot[];
  /** The session that is shown. */
  readonly on: string;
  readonly currency: string;
  readonly onEdit: (lot: Lot) => void;
  readonly onRemove: (lot: Lot) => void;
}

interface LotTableProps extends LotsProps {
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
}

const STATES: Readonly<Record<LotState, string>> = { open: "open", ended: "ended", later: "not yet held" };

export function LotTable({ rows, on, currency, onEdit, onRemove, order, onOrder }: LotTableProps) {
  const sort = { order, onOrder };
  const multiplied = rows.some((lot) => lot.multiplier !== 1);
  return (
    <ScrollBox label="Lots">
      <table className="rp-table rp-wide">
        <caption className="rp-visually-hidden">Lots as they were entered; the heads sort</caption>
        <thead>
          <tr>
            <SortHead name="symbol" {...sort}>
              Symbol
            </SortHead>
            <SortHead name="side" {...sort}>
              Side
            </SortHead>
            <SortHead name="quantity" numeric {...sort}>
              Quantity
            </SortHead>
            {multiplied && (
              <th scope="col" className="rp-num rp-plain-head">
                Multiplier
              </th>
            )}
            <SortHead name="entry" {...sort}>
              Held from
            </SortHead>
            <th scope="col" className="rp-num rp-plain-head">
              Entry price
            </th>
            <SortHead name="exit" {...sort}>
              Until
            </SortHead>
            <th scope="col" className="rp-num rp-plain-head">
              Exit price
            </th>
            <th scope="col" className="rp-plain-head">
              State
            </th>
            <th scope="col" className="rp-num rp-plain-head">
              <span className="rp-visually-hidden">Change</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((lot) => (
            <tr key={lot.id} className={stateOf(lot, on) === "open" ? undefined : "rp-ended"}>
              <th scope="row" className="rp-strong">
                {lot.symbol}
              </th>
              <td>{sideOf(lot)}</td>
              <td className="rp-num">{quantityOf(lot)}</td>
              {multiplied && <td className="rp-num">{quantity(lot.multiplier)}</td>}
              <td className="rp-nowrap">{fromOf(lot)}</td>
              <td className="rp-num">{priceOf(lot.entry_price, currency)}</td>
              <td className="rp-nowrap">{untilOf(lot)}</td>
              <td className="rp-num">{priceOf(lot.exit_price, currency)}</td>
              <td className="rp-nowrap">{STATES[stateOf(lot, on)]}</td>
              <td className="rp-num">
                <Actions lot={lot} onEdit={onEdit} onRemove={onRemove} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

/** The same as the table, for narrow windows. */
export function LotCards({ rows, on, currency, onEdit, onRemove }: LotsProps) {
  return (
    <ul className="rp-cards">
      {rows.map((lot) => (
        <li key={lot.id} className="rp-card">
          <div className="rp-card-head">
            <div>
              <h3>{lot.symbol}</h3>
              <div className="rp-quiet rp-small">
                {sideOf(lot)}, {STATES[stateOf(lot, on)]}
              </div>
            </div>
            <Actions lot={lot} onEdit={onEdit} onRemove={onRemove} />
          </div>
          <dl className="rp-figures">
            <Figure label="Quantity">
              {quantityOf(lot)}
              {lot.multiplier !== 1 && ` × ${quantity(lot.multiplier)}`}
            </Figure>
            <Figure label="Entry price">{priceOf(lot.entry_price, currency)}</Figure>
            <Figure label="Held from">{fromOf(lot)}</Figure>
            <Figure label="Until">{untilOf(lot)}</Figure>
          </dl>
        </li>
      ))}
    </ul>
  );
}

const sideOf = (lot: Lot) => (lot.position_type === "SHORT" ? "Short" : "Long");
const quantityOf = (lot: Lot) => quantity(lot.quantity);
const quiet = (words: string) => <span className="rp-quiet">{words}</span>;
const fromOf = (lot: Lot) => (lot.entry_date === null ? quiet("always") : day(lot.entry_date));
const untilOf = (lot: Lot) => (lot.exit_date === null ? quiet("still held") : day(lot.exit_date));
const priceOf = (given: number | null, currency: string) =>
  given === null ? quiet("not given") : price(given, currency);

interface ActionsProps extends Pick<LotsProps, "onEdit" | "onRemove"> {
  readonly lot: Lot;
}

function Actions({ lot, onEdit, onRemove }: ActionsProps) {
  const which = `${lot.symbol}, ${quantityOf(lot)} ${sideOf(lot).toLowerCase()}`;
  return <RowActions what={`the lot ${which}`} onEdit={() => onEdit(lot)} onRemove={() => onRemove(lot)} />;
}
