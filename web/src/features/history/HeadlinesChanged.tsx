import { IconArrowDownRight, IconArrowUpRight, IconEqual } from "@tabler/icons-react";
import { day, money, percent } from "~/lib/format";
import { Value } from "~/ui/Missing";
import { ScrollBox } from "~/ui/ScrollBox";
import type { Direction, HeadlineChange, Made } from "./compare";

interface HeadlinesChangedProps {
  readonly rows: readonly HeadlineChange[];
  readonly made: Made | null;
  readonly navBefore: number;
  readonly currency: string;
  readonly days: readonly [string, string];
}

/** The main numbers before and after. */
export function HeadlinesChanged({ rows, made, navBefore, currency, days }: HeadlinesChangedProps) {
  return (
    <section aria-labelledby="headlines-changed">
      <h3 id="headlines-changed" className="rp-history-h3">
        Main numbers
      </h3>
      <ScrollBox label={`Main numbers on ${day(days[0])} and on ${day(days[1])}`}>
        <table className="rp-table rp-history-headlines">
          <caption className="rp-visually-hidden">
            Main numbers on {day(days[0])} and on {day(days[1])}
          </caption>
          <thead>
            <tr>
              <th scope="col">Number</th>
              <th scope="col" className="rp-num">
                {day(days[0])}
              </th>
              <th scope="col" className="rp-num">
                {day(days[1])}
              </th>
              <th scope="col" className="rp-num">
                Difference
              </th>
              <th scope="col">
                <span className="rp-history-word">Change</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                <th scope="row">{row.label}</th>
                <td className="rp-num">
                  <Value value={row.before} format={row.format} reason={row.reasons[0]} />
                </td>
                <td className="rp-num">
                  <Value value={row.after} format={row.format} reason={row.reasons[1]} />
                </td>
                <td className="rp-num">
                  <Value
                    value={row.difference}
                    format={row.formatDifference}
                    reason={row.reasons[0] ?? row.reasons[1]}
                  />
                </td>
                <td>
                  <Word direction={row.direction} risky={row.risky} />
                </td>
              </tr>
            ))}
            <tr>
              <th scope="row">P&amp;L between</th>
              <td />
              <td className="rp-num">
                <Value value={made?.pnl ?? null} format={(value) => money(value, currency, true)} />
              </td>
              <td className="rp-num">
                {made !== null && navBefore > 0 && percent(made.pnl / navBefore, 1, true)}
              </td>
              <td>
                {made !== null && (
                  <Word direction={signOf(made.pnl)} risky={false} words={["gain", "loss", "none"]} />
                )}
              </td>
            </tr>
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}

function signOf(value: number): Direction {
  if (value === 0) return "same";
  return value > 0 ? "rose" : "fell";
}

const ICONS = { rose: IconArrowUpRight, fell: IconArrowDownRight, same: IconEqual } as const;
const PLACES = { rose: 0, fell: 1, same: 2 } as const;

interface WordProps {
  readonly direction: Direction;
  readonly risky: boolean | null;
  readonly words?: readonly [string, string, string];
}

function Word({ direction, risky, words = ["rose", "fell", "same"] }: WordProps) {
  if (direction === null) return null;
  const Icon = ICONS[direction];
  const tone =
    direction === "same" || risky === null
      ? "rp-quiet"
      : (direction === "rose") === risky
        ? "rp-more"
        : "rp-less";
  return (
    <span className={`rp-chip ${tone}`}>
      <Icon size={15} aria-hidden /> <span className="rp-history-word">{words[PLACES[direction]]}</span>
    </span>
  );
}
