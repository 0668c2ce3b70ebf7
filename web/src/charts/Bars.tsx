import type { ReactNode } from "react";
import { scrollHint } from "~/ui/scrollHint";
import { clampShare, roundEnd } from "./shares";

export interface BarRow {
  readonly name: string;
  readonly label?: ReactNode;
  readonly value: number | null;
  readonly mark?: number | null;
  readonly tone?: "more" | "less" | "calm" | "accent";
  readonly cells: readonly ReactNode[];
}

const ROOM = 1.04; // so that a mark at the end keeps clear of the numbers beside it

interface BarsProps {
  readonly rows: readonly BarRow[];
  /** Heads of the columns: the name, the picture, then one a cell. */
  readonly heads: readonly string[];
  readonly caption: string;
  readonly end?: number;
}

/** A table whose second column is a picture: bars from a zero line, with a mark to compare with. */
export function Bars({ rows, heads, caption, end }: BarsProps) {
  const values = rows.flatMap((row) => [row.value ?? 0, row.mark ?? 0]);
  const size = (end ?? roundEnd(values.map(Math.abs))) * ROOM;
  const negative = values.some((value) => value < 0);
  const positive = values.some((value) => value > 0) || !negative;
  const zero = negative ? (positive ? 0.5 : 1) : 0;
  const place = (value: number) => clampShare(zero + (value / size) * (negative && positive ? 0.5 : 1));
  return (
    <div ref={scrollHint} className="rp-scroll">
      <table className="rp-bars">
        <caption className="rp-visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {heads.map((head, at) => (
              <th key={head} scope="col" className={at > 1 ? "rp-num" : undefined}>
                {at === 1 ? <span className="rp-visually-hidden">{head}</span> : head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">{row.label ?? row.name}</th>
              <td className="rp-bar-cell" aria-hidden>
                <span className="rp-bar-zero" style={{ left: `${zero * 100}%` }} />
                {row.value !== null && (
                  <span
                    className={`rp-bar rp-bar-${row.tone ?? "accent"}`}
                    style={{
                      left: `${Math.min(zero, place(row.value)) * 100}%`,
                      width: `${Math.abs(place(row.value) - zero) * 100}%`,
                    }}
                  />
                )}
                {row.mark !== undefined && row.mark !== null && (
                  <span className="rp-bar-mark" style={{ left: `${place(row.mark) * 100}%` }} />
                )}
              </td>
              {row.cells.map((cell, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its column
                <td key={at} className="rp-num">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
