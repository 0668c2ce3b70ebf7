/** Cells that the table and the list of holdings share. */

import { Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import { clampShare } from "~/charts/shares";
import { Trend as TrendWord } from "~/features/overview/Trend";
import { count, nearDay, number, percent, price, quantity, ratio } from "~/lib/format";
import { standsOut } from "~/lib/words";
import { Missing, ShortMoney } from "~/ui/Missing";
import type { Row } from "./holdings";

interface CellProps {
  readonly one: Row;
}
interface MoneyProps extends CellProps {
  readonly currency: string;
}

export function Quantity({ one }: CellProps) {
  return <span title={String(one.quantity)}>{quantity(one.quantity)}</span>;
}

export function Price({ one, currency }: MoneyProps) {
  if (one.price === null) return <Missing reason={one.reasons.price ?? "unpriced"} />;
  return (
    <>
      {price(one.price, currency)}
      {one.oldPrice !== null && <div className="rp-under rp-more">of {nearDay(one.oldPrice)}</div>}
    </>
  );
}

export function Amount({ one, currency }: MoneyProps) {
  return <ShortMoney value={one.value} currency={currency} reason={one.reasons.value ?? "unpriced"} />;
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
  const behind = [
    ...(one.beta_r_squared === null ? [] : [`R² ${ratio(one.beta_r_squared)}`]),
    ...(one.beta_observations === null ? [] : [count(one.beta_observations, "session")]),
    "95 % interval, sampling error only",
  ];
  return (
    <span title={behind.join(" · ")}>
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

/** Its share of the risk, over a bar with a mark at its share of gross exposure. */
export function Risk({ one, end }: CellProps & { readonly end: number }) {
  const { risk_contribution: risk, share } = one;
  if (risk === null) return <Missing reason={one.reasons.risk_contribution} />;
  const apart = standsOut(risk, share);
  const tone = apart === "calm" ? "accent" : apart;
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

export function Trend({ one }: CellProps) {
  if (one.volatility_trend === null) return <Missing reason={one.reasons.volatility_trend} />;
  const quiet = one.volatility_trend === "stable" ? " rp-quiet" : "";
  return <TrendWord trend={one.volatility_trend} className={`rp-trend${quiet}`} />;
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
