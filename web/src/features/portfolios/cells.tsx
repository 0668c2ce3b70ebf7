/** Cells that the table and the list of portfolios share. */

import { Tooltip } from "@mantine/core";
import { IconClockExclamation } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Sparkline } from "~/charts/Sparkline";
import { staleness } from "~/features/shell/health";
import { count, day, number, percent, ratio } from "~/lib/format";
import {
  betaLevel,
  concentrationLevel,
  covers,
  healthWords,
  speaksForAll,
  toneOf,
  volatilityLevel,
} from "~/lib/words";
import { Missing, ShortMoney } from "~/ui/Missing";
import { changeOf, type Summary } from "./summaries";

interface CellProps {
  readonly one: Summary;
}

export function Nav({ one }: CellProps) {
  return <ShortMoney value={one.net_asset_value} currency={one.currency} />;
}

/** A gain or a loss: sign, colour and arrow. */
export function Moved({ value, digits = 1 }: { readonly value: number | null; readonly digits?: number }) {
  if (value === null) return <Missing />;
  const tone = value > 0 ? "rp-less" : value < 0 ? "rp-more" : undefined;
  return (
    <span className={tone}>
      <span aria-hidden>{value > 0 ? "▲ " : value < 0 ? "▼ " : ""}</span>
      {percent(value, digits, true)}
    </span>
  );
}

interface LevelledProps {
  readonly value: number | null;
  readonly text: string;
  readonly level: string | null;
  /** Share of gross exposure that the number rests on. */
  readonly coverage?: number | null;
}

/** A number with its word below; one that cannot stand for the whole has no word, but says what it covers. */
function Levelled({ value, text, level, coverage = null }: LevelledProps) {
  if (value === null) return <Missing />;
  const whole = speaksForAll(coverage);
  return (
    <>
      {text}
      <div className={`rp-under rp-${whole ? toneOf(level) : "more"}`}>
        {whole ? level : covers(coverage)}
      </div>
    </>
  );
}

export function Beta({ one }: CellProps) {
  const value = one.market_beta_weighted;
  return <Levelled value={value} text={ratio(value)} level={betaLevel(value)} coverage={one.betaCoverage} />;
}

export function Volatility({ one }: CellProps) {
  const value = one.expected_volatility_21d;
  return (
    <Levelled
      value={value}
      text={percent(value)}
      level={volatilityLevel(value)}
      coverage={one.volatilityCoverage}
    />
  );
}

export function Concentration({ one }: CellProps) {
  return <Levelled value={one.hhi} text={number(one.hhi)} level={concentrationLevel(one.hhi)} />;
}

export function Trail({ one }: CellProps) {
  const change = changeOf(one.history);
  if (change === null) return <Missing reason="short_history" />;
  const sessions = count(one.history.length, "session");
  return (
    <span className="rp-trail">
      <Sparkline
        values={one.history}
        label={`NAV of ${one.name} over ${sessions}: ${percent(change, 1, true)}`}
      />
      <span className="rp-trail-change">{percent(change, 1, true)}</span>
    </span>
  );
}

/** What all portfolios are measured by, to say how old one is. */
export interface Age {
  /** The newest session of any of them. */
  readonly newest: string | null;
  /** What the server says of its newest session; undefined where it says nothing. */
  readonly ready: Parameters<typeof staleness>[1];
}

interface AgedProps extends CellProps {
  readonly age: Age;
}

/** "Stale: 981 sessions", as on the portfolio's own page; nothing where it is recent. */
function stale(one: Summary, { ready }: Age): string | null {
  if (one.snapshot_date === null) return null;
  return staleness({ snapshotDate: one.snapshot_date, newest: true, findings: 0 }, ready);
}

export function Health({ one, age }: AgedProps) {
  if (one.findings === null) return <Missing />;
  const healthy = one.findings === 0 && stale(one, age) === null;
  const told = healthy || one.findings > 0 ? healthWords(one.findings) : "Stale";
  return (
    <Link
      to="/health"
      search={{ portfolio: one.id }}
      className={healthy ? "rp-pill rp-pill-small" : "rp-pill rp-pill-small rp-pill-more"}
      aria-label={`${one.name}: ${told}`}
    >
      {healthy ? "✓" : "!"} {told}
    </Link>
  );
}

export function AsOf({ one, age }: AgedProps) {
  if (one.snapshot_date === null) return <Missing />;
  const { newest } = age;
  const behind = newest !== null && one.snapshot_date < newest;
  const told = behind ? null : stale(one, age);
  return (
    <>
      {day(one.snapshot_date)}
      {behind && (
        <Tooltip label={`Others are computed up to ${day(newest)}. Ask for a run to bring it up to date.`}>
          <button type="button" className="rp-plain rp-behind">
            <span className="rp-under rp-more">
              <IconClockExclamation size={13} aria-hidden /> older than others
            </span>
          </button>
        </Tooltip>
      )}
      {told !== null && <span className="rp-under rp-more">{told}</span>}
    </>
  );
}
