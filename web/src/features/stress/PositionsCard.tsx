import { Button, Skeleton } from "@mantine/core";
import { useDeferredValue, useMemo, useState } from "react";
import type { Complete, Holding } from "~/api/queries";
import { type BarRow, Bars } from "~/charts/Bars";
import { count, day, money, moneyCompact, number, percent, ratio } from "~/lib/format";
import { Card } from "~/ui/Card";
import { Missing, Value } from "~/ui/Missing";
import { TableBehind } from "~/ui/TableBehind";
import type { Answered } from "./MoveCard";
import { conditionOf, type Move } from "./move";
import type { StressedPosition } from "./stressQuery";

interface PositionsCardProps {
  readonly found: Complete;
  readonly given: Answered | undefined;
  readonly updating: boolean;
  readonly failed: boolean;
}

const SHOWN = 50; // positions that are listed at first

/** What the move would do to each position. */
export function PositionsCard({ found, given, updating, failed }: PositionsCardProps) {
  const currency = found.portfolio.currency;
  const [all, setAll] = useState(false);
  // A long list may come a moment after the answer; the slider comes first.
  const listed = useDeferredValue(given);
  const positions = given?.answer.positions ?? NONE;
  const held = useMemo(
    () => new Map((found.holdings ?? []).map((one) => [one.symbol, one])),
    [found.holdings],
  );
  const rows = useMemo(() => {
    if (listed === undefined) return NO_ROWS;
    const shown = all ? listed.answer.positions : listed.answer.positions.slice(0, SHOWN);
    return shown.map((one) => row(one, held.get(one.symbol), listed.move, currency));
  }, [listed, all, held, currency]);
  const date = found.snapshot.snapshot_date;
  const bars = useMemo(
    () => <Bars caption={`P&L by position on ${day(date)}`} heads={HEADS} rows={rows} />,
    [rows, date],
  );
  return (
    <Card
      title="By position"
      about="Exposure times the move of each position; what has no estimate is not covered and stands last."
      asOf={date}
      sentence={given ? sentenceOf(given, currency) : failed && "Not known: the server gave no answer."}
    >
      <div className="rp-legend">
        <span>the largest loss first</span>
        <TableBehind
          title={`By position${given ? `, if ${conditionOf(given.move) ?? "nothing moves"}` : ""}`}
          name="stress-by-position"
          heads={["Position", "Exposure", "Beta", "Move", "P&L"]}
          rows={positions.map((one) => [one.symbol, one.exposure, one.beta, one.move, one.pnl])}
          show={(cell, at) => shown(cell, at, currency)}
        />
      </div>
      <section
        className="rp-stress-positions"
        data-dim={updating}
        aria-label="P&L by position"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
        onKeyDown={(event) => event.stopPropagation()}
      >
        {given === undefined && !failed && <Skeleton height={420} role="status" aria-label="Loading" />}
        {given && bars}
      </section>
      {!all && positions.length > SHOWN && (
        <div className="rp-no-print">
          <Button variant="light" size="xs" onClick={() => setAll(true)}>
            Show all {number(positions.length)} positions
          </Button>
        </div>
      )}
    </Card>
  );
}

const NONE: readonly StressedPosition[] = [];
const NO_ROWS: readonly BarRow[] = [];
const HEADS = ["Position", "Picture", "Exposure", "Beta", "Move", "P&L"] as const;

function row(one: StressedPosition, held: Holding | undefined, move: Move, currency: string): BarRow {
  const reason = reasonOf(one, held, move);
  return {
    name: one.symbol,
    label: (
      <>
        {one.symbol} {(one.exposure ?? 0) < 0 && <span className="rp-quiet">short </span>}
        <span className="rp-quiet rp-name rp-stress-name">{held?.name ?? ""}</span>
      </>
    ),
    value: one.pnl,
    tone: (one.pnl ?? 0) < 0 ? "more" : "less",
    cells: [
      <Amount key="exposure" value={one.exposure} currency={currency} reason="unpriced" />,
      <Value key="beta" value={one.beta} format={ratio} reason={reason} />,
      <Value key="move" value={one.move} format={(value) => percent(value, 1, true)} reason={reason} />,
      one.pnl === null ? (
        <span key="pnl">
          not covered <Missing reason={reason} />
        </span>
      ) : (
        <Amount key="pnl" value={one.pnl} currency={currency} signed reason={reason} />
      ),
    ],
  };
}

interface AmountProps {
  readonly value: number | null;
  readonly currency: string;
  readonly signed?: boolean;
  readonly reason: string;
}

/** A short sum; the whole one is its title, and in the table behind, since hundreds of tooltips are slow. */
function Amount({ value, currency, signed = false, reason }: AmountProps) {
  if (value === null) return <Missing reason={reason} />;
  return <span title={money(value, currency, signed)}>{moneyCompact(value, currency, signed)}</span>;
}

/** Why a position is not covered. */
function reasonOf(one: StressedPosition, held: Holding | undefined, move: Move): string {
  if (one.exposure === null) return "unpriced";
  if (one.beta === null) return held?.reasons.beta ?? "short_history";
  const bySector = Object.keys(move.sectors).length > 0;
  return bySector && one.sector === null ? "unclassified" : "short_history";
}

function sentenceOf({ answer }: Answered, currency: string): string {
  if (answer.positions.length === 0) return "Nothing is held on this day, so no scenario moves it.";
  const known = answer.positions.filter((one) => one.pnl !== null && one.pnl !== 0);
  const left = answer.positions.filter((one) => one.pnl === null).length;
  const rest = left === 0 ? "" : ` ${count(left, "position is", "positions are")} not covered.`;
  const [worst, best] = [known[0], known.at(-1)];
  if (worst === undefined || best === undefined) return `No position moves.${rest}`;
  const told = (one: StressedPosition) => moneyCompact(Math.abs(one.pnl ?? 0), currency);
  if ((worst.pnl ?? 0) >= 0) return `Every position gains; ${best.symbol} the most (${told(best)}).${rest}`;
  if ((best.pnl ?? 0) <= 0)
    return `Nothing offsets the loss; ${worst.symbol} loses the most (${told(worst)}).${rest}`;
  return `${worst.symbol} loses the most (${told(worst)}); ${best.symbol} offsets the most (${told(best)}).${rest}`;
}

function shown(cell: string | number | null, column: number, currency: string): string {
  if (column === 0) return String(cell);
  const value = cell === null ? null : Number(cell);
  if (column === 2) return ratio(value);
  return column === 3 ? percent(value, 1, true) : money(value, currency, column === 4);
}
