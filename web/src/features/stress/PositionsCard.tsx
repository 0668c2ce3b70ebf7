import { Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import type { Complete } from "~/api/queries";
import { type BarRow, Bars } from "~/charts/Bars";
import { count, day, money, moneyCompact, percent, ratio } from "~/lib/format";
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

/** What the move would do to each position. */
export function PositionsCard({ found, given, updating, failed }: PositionsCardProps) {
  const currency = found.portfolio.currency;
  const positions = given?.answer.positions ?? [];
  const names = new Map((found.holdings ?? []).map((one) => [one.symbol, one.name]));
  return (
    <Card
      title="By position"
      about="Exposure times the move of each position; what has no estimate is not covered and stands last."
      asOf={found.snapshot.snapshot_date}
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
        {given && (
          <Bars
            caption={`P&L by position on ${day(found.snapshot.snapshot_date)}`}
            heads={["Position", "Picture", "Exposure", "Beta", "Move", "P&L"]}
            rows={positions.map((one) => row(one, found, given.move, names.get(one.symbol) ?? null))}
          />
        )}
      </section>
    </Card>
  );
}

function row(one: StressedPosition, found: Complete, move: Move, name: string | null): BarRow {
  const currency = found.portfolio.currency;
  const reason = reasonOf(one, found, move);
  return {
    name: one.symbol,
    label: (
      <>
        {one.symbol} {(one.exposure ?? 0) < 0 && <span className="rp-quiet">short </span>}
        <span className="rp-quiet rp-name rp-stress-name">{name ?? ""}</span>
      </>
    ),
    value: one.pnl,
    tone: (one.pnl ?? 0) < 0 ? "more" : "less",
    cells: [
      amount(one.exposure, currency, false, "unpriced"),
      <Value key="beta" value={one.beta} format={ratio} reason={reason} />,
      <Value key="move" value={one.move} format={(value) => percent(value, 1, true)} reason={reason} />,
      one.pnl === null ? (
        <span key="pnl">
          not covered <Missing reason={reason} />
        </span>
      ) : (
        amount(one.pnl, currency, true, reason)
      ),
    ],
  };
}

function amount(value: number | null, currency: string, signed: boolean, reason: string): ReactNode {
  return (
    <Value
      key={signed ? "pnl" : "exposure"}
      value={value}
      format={(known) => moneyCompact(known, currency, signed)}
      full={money(value, currency, signed)}
      reason={reason}
    />
  );
}

/** Why a position is not covered. */
function reasonOf(one: StressedPosition, found: Complete, move: Move): string {
  if (one.exposure === null) return "unpriced";
  const own = found.holdings?.find((holding) => holding.symbol === one.symbol);
  if (one.beta === null) return own?.reasons.beta ?? "short_history";
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
