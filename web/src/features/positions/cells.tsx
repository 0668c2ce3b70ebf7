/** Cells that the table and the list of holdings share. */

import { Tooltip } from "@mantine/core";
import {
  IconAlertTriangle,
  IconArrowDownRight,
  IconArrowRight,
  IconArrowUpRight,
  IconCheck,
} from "@tabler/icons-react";
import { clampShare } from "~/charts/shares";
import { money, moneyCompact, number, percent, ratio, shortDay } from "~/lib/format";
import { Missing } from "~/ui/Missing";
import type { Row } from "./holdings";

interface CellProps {
  readonly one: Row;
}
interface MoneyProps extends CellProps {
  readonly currency: string;
}

export function Quantity({ one }: CellProps) {
  const digits = Number.isInteger(one.quantity) ? 0 : 2;
  return <span title={String(one.quantity)}>{number(one.quantity, digits)}</span>;
}

export function Price({ one, currency }: MoneyProps) {
  if (one.price === null) return <Missing reason={one.reasons.price ?? "unpriced"} />;
  return (
    <>
      {money(one.price, currency)}
      {one.oldPrice !== null && <div className="rp-under rp-more">of {shortDay(one.oldPrice)}</div>}
    </>
  );
}

export function Amount({ one, currency }: MoneyProps) {
  if (one.value === null) return <Missing reason={one.reasons.value ?? "unpriced"} />;
  return <span title={money(one.value, currency)}>{moneyCompact(one.value, currency)}</span>;
}

interface PercentProps {
  readonly value: number | null;
  readonly reason: string | undefined;
}

export function Percent({ value, reason }: PercentProps) {
  return value === null ? <Missing reason={reason} /> : percent(value);
}

/** A beta with its interval: 0.94, and 0.81 to 1.07. */
export function Beta({ one }: CellProps) {
  if (one.beta === null) return <Missing reason={one.reasons.beta} />;
  const fit = one.beta_r_squared === null ? "" : `R² ${ratio(one.beta_r_squared)}, `;
  return (
    <span title={`${fit}${one.beta_observations ?? 0} sessions; 95 % interval, sampling error only`}>
      {ratio(one.beta)}
      {one.beta_low !== null && one.beta_high !== null && (
        <span className="rp-under rp-calm">
          {ratio(one.beta_low)} to {ratio(one.beta_high)}
        </span>
      )}
    </span>
  );
}

export function Expected({ one }: CellProps) {
  const {
    expected_volatility_21d: value,
    expected_volatility_low: low,
    expected_volatility_high: high,
  } = one;
  if (value === null) return <Missing reason={one.reasons.expected_volatility_21d} />;
  return (
    <>
      {percent(value)}
      {low !== null && high !== null && (
        <span className="rp-under rp-calm">
          {number(low * 100)} to {percent(high, 0)}
        </span>
      )}
    </>
  );
}

const GAP = 0.05; // difference of risk and share from which a holding stands out

/** Its share of the risk, over a bar with a mark at its share of gross exposure. */
export function Risk({ one, end }: CellProps & { readonly end: number }) {
  const { risk_contribution: risk, share } = one;
  if (risk === null) return <Missing reason={one.reasons.risk_contribution} />;
  const gap = share === null ? 0 : risk - share;
  const tone = Math.abs(gap) <= GAP ? "accent" : gap > 0 ? "more" : "less";
  const width = (value: number) => `${clampShare(Math.abs(value) / end) * 100}%`;
  return (
    <>
      {percent(risk)}
      <span className="rp-risk" aria-hidden>
        <span className={`rp-bar-${tone}`} style={{ width: width(risk) }} />
        {share !== null && <i style={{ left: width(share) }} />}
      </span>
    </>
  );
}

const TRENDS = {
  increasing: { Icon: IconArrowUpRight, word: "rising", tone: "rp-more" },
  decreasing: { Icon: IconArrowDownRight, word: "falling", tone: "rp-less" },
  stable: { Icon: IconArrowRight, word: "stable", tone: "rp-quiet" },
} as const;

export function Trend({ one }: CellProps) {
  const trend = TRENDS[one.volatility_trend as keyof typeof TRENDS];
  if (!trend) return <Missing reason={one.reasons.volatility_trend} />;
  return (
    <span className={`rp-trend ${trend.tone}`}>
      <trend.Icon size={15} aria-hidden />
      {trend.word}
    </span>
  );
}

export function StatusWords({ one }: CellProps) {
  const first = one.statuses[0];
  if (first === undefined)
    return (
      <span className="rp-quiet rp-nowrap">
        <IconCheck size={14} aria-hidden className="rp-inline" /> complete
      </span>
    );
  const rest = one.statuses.length - 1;
  const told = one.statuses.map(({ what, remedy }) => `${what}. ${remedy}`).join(" ");
  return (
    <Tooltip label={told}>
      <button type="button" className="rp-plain rp-status" aria-label={`${one.symbol}: ${told}`}>
        <span className="rp-more">
          <IconAlertTriangle size={14} aria-hidden className="rp-inline" /> {first.what}
          {rest > 0 && ` and ${rest} more`}
        </span>
      </button>
    </Tooltip>
  );
}
