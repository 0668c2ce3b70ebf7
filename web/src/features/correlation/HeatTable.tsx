import { Tooltip, useComputedColorScheme } from "@mantine/core";
import { count, MISSING, ratio } from "~/lib/format";
import { scrollHint } from "~/ui/scrollHint";
import { paintOf } from "./colours";
import { type Cell, cellOf, type Stored } from "./matrix";

interface HeatTableProps {
  readonly stored: Stored;
  /** Places of the symbols, in the order of rows and columns. */
  readonly order: readonly number[];
  readonly shorts: ReadonlySet<string>;
  readonly caption: string;
}

/** Correlations as a table: a number in every cell, its colour beside it. */
export function HeatTable({ stored, order, shorts, caption }: HeatTableProps) {
  const name = (at: number) => stored.symbols[at] ?? "";
  return (
    <section
      ref={scrollHint}
      className="rp-scroll"
      aria-label={caption}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
      tabIndex={0}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <table className="rp-heat">
        <caption className="rp-visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <td />
            {order.map((column) => (
              <th key={column} scope="col">
                <Head name={name(column)} short={shorts.has(name(column))} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {order.map((row) => (
            <tr key={row}>
              <th scope="row">
                <Head name={name(row)} short={shorts.has(name(row))} />
              </th>
              {order.map((column) => (
                <HeatCell
                  key={column}
                  cell={cellOf(stored, row, column)}
                  pair={`${name(row)} and ${name(column)}`}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Head({ name, short }: { readonly name: string; readonly short: boolean }) {
  return (
    <>
      {name}
      {short && <span className="rp-heat-short"> short</span>}
    </>
  );
}

function HeatCell({ cell, pair }: { readonly cell: Cell | null; readonly pair: string }) {
  const scheme = useComputedColorScheme("light");
  if (cell === null) return <td className="rp-heat-same">1</td>;
  if (cell.value === null) {
    const told = `${pair}: not known, ${count(cell.sessions, "session")} in common are too few`;
    return (
      <td className="rp-heat-none">
        <Tooltip label={told}>
          <button type="button" className="rp-plain rp-missing" aria-label={told}>
            {MISSING}
            <span className="rp-heat-count">{cell.sessions}</span>
          </button>
        </Tooltip>
      </td>
    );
  }
  const { background, ink } = paintOf(cell.value, scheme);
  return (
    <td
      style={{ background, color: ink }}
      title={`${pair}: ${ratio(cell.value)} over ${count(cell.sessions, "session")}`}
    >
      {ratio(cell.value)}
    </td>
  );
}
