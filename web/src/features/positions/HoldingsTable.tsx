import { memo, type ReactNode, useMemo } from "react";
import { percent } from "~/lib/format";
import type { Order } from "~/lib/sorting";
import { ShortMoney } from "~/ui/Missing";
import { ScrollBox } from "~/ui/ScrollBox";
import { SortHead } from "~/ui/SortHead";
import { Amount, Beta, Expected, Percent, Price, Quantity, Risk, StatusWords, Trend } from "./cells";
import type { Group } from "./columns";
import { type Row, type Sum, sumOf } from "./holdings";

interface HoldingsTableProps {
  readonly rows: readonly Row[];
  /** Where the bars of shares end. */
  readonly end: number;
  readonly currency: string;
  readonly caption: string;
  readonly groups: readonly Group[];
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
  /** What the sums are of. */
  readonly foot: string;
}

interface Column {
  readonly name: string;
  readonly head: string;
  readonly title?: string;
  readonly group: Group | null;
  readonly numeric: boolean;
  readonly cell: (row: Row) => ReactNode;
  readonly sum?: (rows: readonly Row[]) => ReactNode;
}

/** Every holding of the session; heads sort, the last row sums what can be summed. */
export function HoldingsTable(props: HoldingsTableProps) {
  const { rows, end, currency, caption, groups, order, onOrder, foot } = props;
  const shownGroups = groups.join();
  const shown = useMemo(
    () =>
      columnsOf(currency, end).filter(
        ({ group }) => group === null || shownGroups.split(",").includes(group),
      ),
    [currency, end, shownGroups],
  );
  return (
    <ScrollBox label="Holdings">
      <table className="rp-table rp-wide rp-holdings">
        <caption className="rp-visually-hidden">{caption}; the heads sort</caption>
        <thead>
          <tr>
            <SortHead name="symbol" order={order} onOrder={onOrder}>
              Position
            </SortHead>
            {shown.map(({ name, head, title, numeric }) => (
              <SortHead
                key={name}
                name={name}
                order={order}
                onOrder={onOrder}
                numeric={numeric}
                title={title}
              >
                {head}
              </SortHead>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <Line key={one.symbol} one={one} shown={shown} />
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{foot}</th>
            {shown.map(({ name, numeric, sum }) => (
              <td key={name} className={numeric ? "rp-num" : undefined}>
                {sum?.(rows)}
              </td>
            ))}
          </tr>
        </tfoot>
      </table>
    </ScrollBox>
  );
}

/** Kept as it is while others are sorted and filtered around it. */
const Line = memo(function Line({ one, shown }: { readonly one: Row; readonly shown: readonly Column[] }) {
  return (
    <tr>
      <th scope="row">
        <span className="rp-strong">{one.symbol}</span>
        {one.quantity < 0 && <span className="rp-side">short</span>}
        <span className="rp-under rp-calm rp-clip" title={one.name ?? undefined}>
          {one.name}
        </span>
      </th>
      {shown.map(({ name, numeric, cell }) => (
        <td key={name} className={numeric ? "rp-num" : undefined}>
          {cell(one)}
        </td>
      ))}
    </tr>
  );
});

function columnsOf(currency: string, end: number): readonly Column[] {
  const share = (found: Sum) => <Summed found={found} format={(value) => percent(value)} />;
  return [
    { name: "sector", head: "Sector", group: null, numeric: false, cell: sectorOf },
    {
      name: "quantity",
      head: "Quantity",
      group: "price",
      numeric: true,
      cell: (one) => <Quantity one={one} />,
    },
    {
      name: "price",
      head: "Price",
      group: "price",
      numeric: true,
      cell: (one) => <Price one={one} currency={currency} />,
    },
    {
      name: "value",
      head: "Value",
      group: null,
      numeric: true,
      cell: (one) => <Amount one={one} currency={currency} />,
      sum: (rows) => {
        const found = sumOf(rows, (row) => row.value);
        return <Summed found={found} format={(value) => <ShortMoney value={value} currency={currency} />} />;
      },
    },
    {
      name: "weight",
      head: "Weight",
      title: "Value over net asset value",
      group: null,
      numeric: true,
      cell: (one) => <Percent value={one.weight} reason={one.reasons.weight ?? "unpriced"} />,
      sum: (rows) => share(sumOf(rows, (row) => row.weight)),
    },
    {
      name: "share",
      head: "Of gross",
      title: "Share of gross exposure; the mark on the bar of the risk",
      group: "share",
      numeric: true,
      cell: (one) => <Percent value={one.share} reason={one.reasons.share ?? "unpriced"} />,
      sum: (rows) => share(sumOf(rows, (row) => row.share)),
    },
    {
      name: "risk",
      head: "Of risk",
      title: "Share of the portfolio's variance; a hedge has a negative one",
      group: "share",
      numeric: true,
      cell: (one) => <Risk one={one} end={end} />,
      sum: (rows) => share(sumOf(rows, (row) => row.risk_contribution)),
    },
    {
      name: "beta",
      head: "Beta",
      title: "Moves per move of the market, with its 95 % interval",
      group: "beta",
      numeric: true,
      cell: (one) => <Beta one={one} />,
    },
    {
      name: "expected",
      head: "Expected vol.",
      title: "Volatility over the next 21 sessions, a year, with its 80 % band",
      group: "volatility",
      numeric: true,
      cell: (one) => <Expected one={one} />,
    },
    {
      name: "realized",
      head: "Realized",
      title: "Volatility of the last 21 sessions, a year",
      group: "volatility",
      numeric: true,
      cell: (one) => (
        <Percent value={one.realized_volatility_21d} reason={one.reasons.realized_volatility_21d} />
      ),
    },
    { name: "trend", head: "Trend", group: "volatility", numeric: false, cell: (one) => <Trend one={one} /> },
    {
      name: "status",
      head: "Status",
      group: "status",
      numeric: false,
      cell: (one) => <StatusWords one={one} />,
    },
  ];
}

function sectorOf(one: Row): ReactNode {
  return one.sector ?? <span className="rp-quiet">Unclassified</span>;
}

interface SummedProps {
  readonly found: Sum;
  readonly format: (value: number) => ReactNode;
}

function Summed({ found, format }: SummedProps) {
  return (
    <>
      {found.sum === null ? "" : format(found.sum)}
      {found.unknown > 0 && <span className="rp-under rp-more">{found.unknown} not known</span>}
    </>
  );
}
