import { Button } from "@mantine/core";
import { useState } from "react";
import { day, percent, points, quantity } from "~/lib/format";
import { Value } from "~/ui/Missing";
import { ScrollBox } from "~/ui/ScrollBox";
import { TableBehind } from "~/ui/TableBehind";
import type { Pair, PositionChange } from "./compare";

const SHOWN = 15;

interface PositionsChangedProps {
  readonly rows: readonly PositionChange[];
  readonly days: readonly [string, string];
}

const HEADS = [
  "Position",
  "Quantity before",
  "Quantity after",
  "Weight before",
  "Weight after",
  "Weight difference",
  "Risk before",
  "Risk after",
  "Risk difference",
];

const COLUMNS = [
  { head: "Weight before", wide: true },
  { head: "Weight after", wide: false },
  { head: "Weight points", wide: false },
  { head: "Risk before", wide: true },
  { head: "Risk after", wide: true },
  { head: "Risk points", wide: false },
] as const;

/** Positions by how much their weight changed. */
export function PositionsChanged({ rows, days }: PositionsChangedProps) {
  const [all, setAll] = useState(false);
  const title = `What changed between ${day(days[0])} and ${day(days[1])}`;
  return (
    <section aria-labelledby="positions-changed">
      <div className="rp-legend">
        <h3 id="positions-changed" className="rp-history-h3">
          Positions
        </h3>
        <TableBehind
          title={title}
          name="what-changed"
          heads={HEADS}
          rows={rows.map((row) => [
            row.symbol,
            ...cells(row.quantity, 2),
            ...cells(row.weight),
            ...cells(row.risk),
          ])}
          show={(cell, at) =>
            at === 0 || cell === null
              ? String(cell ?? "—")
              : at < 3
                ? quantity(Number(cell))
                : percent(Number(cell), 1, at % 3 === 2)
          }
        />
      </div>
      <ScrollBox label={title}>
        <table className="rp-table rp-history-positions">
          <caption className="rp-visually-hidden">{title}, the largest change of weight first</caption>
          <thead>
            <tr>
              <th scope="col">Position</th>
              <th scope="col">Quantity</th>
              {COLUMNS.map(({ head, wide }) => (
                <th key={head} scope="col" className={wide ? "rp-num rp-history-wide" : "rp-num"}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(all ? rows : rows.slice(0, SHOWN)).map((row) => (
              <tr key={row.symbol}>
                <th scope="row">
                  {row.symbol} <span className="rp-quiet rp-name">{row.name ?? ""}</span>
                </th>
                <td>
                  <Quantity row={row} />
                </td>
                <PairCells pair={row.weight} reason="unpriced" />
                <PairCells pair={row.risk} reason="short_history" second />
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {rows.length === 0 && <p className="rp-sentence">Nothing was held on either session.</p>}
      {rows.length > SHOWN && (
        <Button size="compact-xs" variant="subtle" mt={6} onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? `The ${SHOWN} largest changes` : `All ${rows.length} positions`}
        </Button>
      )}
    </section>
  );
}

function cells(pair: Pair, how = 3): readonly (number | null)[] {
  return [pair.before, pair.after, pair.difference].slice(0, how);
}

function Quantity({ row }: { readonly row: PositionChange }) {
  const { before, after } = row.quantity;
  if (row.kind === "same") return <span className="rp-quiet">same, {quantity(after ?? 0)}</span>;
  if (row.kind === "new") return <strong>new, {quantity(after ?? 0)}</strong>;
  if (row.kind === "gone") return <strong>gone, was {quantity(before ?? 0)}</strong>;
  return (
    <strong>
      {row.kind === "more" ? "up" : "down"}, {quantity(before ?? 0)} to {quantity(after ?? 0)}
    </strong>
  );
}

interface PairCellsProps {
  readonly pair: Pair;
  readonly reason: string;
  /** Where there is little room, of the second pair only the difference is shown. */
  readonly second?: boolean;
}

function PairCells({ pair, reason, second = false }: PairCellsProps) {
  const size = pair.difference ?? 0;
  const tone = Math.abs(size) < 0.0005 ? "rp-quiet" : size > 0 ? "rp-more" : "rp-less";
  return (
    <>
      <td className="rp-num rp-history-wide">
        <Value value={pair.before} format={percent} reason={reason} />
      </td>
      <td className={second ? "rp-num rp-history-wide" : "rp-num"}>
        <Value value={pair.after} format={percent} reason={reason} />
      </td>
      <td className={`rp-num ${tone}`}>
        <Value value={pair.difference} format={points} reason={reason} />
      </td>
    </>
  );
}
