/** What the cards say of a portfolio: the same words as those of the command line. */

import type { Complete } from "~/api/queries";
import { count, money, number, percent, ratio } from "~/lib/format";
import { eventOf, sectorOf } from "~/lib/scenarios";
import {
  absence,
  betaLevel,
  concentrationLevel,
  isWhole,
  measuredPart,
  speaksForAll,
  volatilityLevel,
} from "~/lib/words";

export interface Told {
  readonly level: string | null;
  readonly sentence: string;
}

const NEAR = 0.1; // relative change that counts as staying near

export function volatilityTold(found: Complete): Told {
  const { expected_volatility_21d: expected, volatility_coverage: coverage } = found.snapshot;
  if (expected === null) return { level: null, sentence: absence(found, "expected_volatility_21d") };
  return {
    level: speaksForAll(coverage) ? volatilityLevel(expected) : null,
    sentence: outlook(expected, found) + measuredPart(coverage),
  };
}

function outlook(expected: number, { snapshot }: Complete): string {
  const { realized_volatility_21d: now, volatility_percentile: rank } = snapshot;
  if (now === null) return `Expected to be near ${percent(expected)} over the next 21 sessions.`;
  const verb =
    Math.abs(expected - now) <= NEAR * now ? "stay near" : expected > now ? "rise from" : "fall from";
  const year = rank === null ? "" : `, above ${percent(rank / 100, 0)} of these holdings’ past year`;
  return `Over the next 21 sessions expected to ${verb} the current ${percent(now)}${year}.`;
}

export function betaTold(found: Complete): Told {
  const { market_beta_weighted: beta, market_beta_coverage: coverage } = found.snapshot;
  if (beta === null) return { level: null, sentence: absence(found, "market_beta_weighted") };
  return {
    level: speaksForAll(coverage) ? betaLevel(beta) : null,
    sentence: moveOf(beta, coverage),
  };
}

function moveOf(beta: number, coverage: number | null): string {
  const size = percent(Math.abs(beta) / 100, 2);
  const one = percent(0.01, 0);
  const way = beta >= 0 ? "" : " the other way";
  if (!speaksForAll(coverage))
    return `The ${percent(coverage, 0)} of this portfolio that has a beta moves the whole about ${size}${way} when the market moves ${one}; how the rest moves is not known.`;
  if (ratio(beta) === ratio(0))
    return `When the market moves ${one}, this portfolio has hardly moved with it (about ${size}).`;
  return `When the market moves ${one}, this portfolio has moved about ${size}${way}.`;
}

export function concentrationTold(found: Complete): Told {
  const { hhi, effective_num_positions: effective, positions_count: held } = found.snapshot;
  if (hhi === null) return { level: null, sentence: absence(found, "hhi") };
  const sentence =
    held === 1
      ? "One position is all there is."
      : `Acts like ${number(effective, 1)} equal positions; ${number(held)} are held.`;
  return { level: concentrationLevel(hhi), sentence };
}

export function tailTold(found: Complete): Told {
  const { value_at_risk_95: risk, tail_coverage: coverage } = found.snapshot;
  if (risk === null) return { level: null, sentence: absence(found, "value_at_risk_95") };
  return {
    level: `${percent(risk)} of NAV`,
    sentence: badDay(risk, found) + measuredPart(coverage),
  };
}

function badDay(risk: number, { snapshot, portfolio }: Complete): string {
  const size = (amount: number | null, share: number | null) =>
    `${money(Math.abs(amount ?? 0), portfolio.currency)} (${percent(Math.abs(share ?? 0))})`;
  const atRisk = size(snapshot.value_at_risk_95_amount, risk);
  const beyond = size(snapshot.expected_shortfall_95_amount, snapshot.expected_shortfall_95);
  if (risk > 0) return `On 1 day in 20, expect to lose more than ${atRisk}; on such days about ${beyond}.`;
  // A book that rose on nearly all days: the edge of its worst 5 % is no loss.
  const end = (snapshot.expected_shortfall_95 ?? 0) > 0 ? "a loss" : "a gain";
  const usual = risk < 0 ? `a gain of more than ${atRisk}` : "no loss";
  return `On 19 days in 20, expect ${usual}; on the other, ${end} of about ${beyond}.`;
}

export type Stressed = NonNullable<Complete["stress"]>[number];

/** Scenarios that move something that is held, the worst first, what is not known last. */
export function shownScenarios({ stress, snapshot }: Complete): readonly Stressed[] {
  const exposure = snapshot.sector_exposure ?? {};
  const size = (one: Stressed) => one.pnl ?? Number.POSITIVE_INFINITY;
  const order = (a: Stressed, b: Stressed) =>
    (a.shock ?? 0) - (b.shock ?? 0) || (a.scenario < b.scenario ? -1 : 1);
  return (stress ?? [])
    .filter((one) => one.kind !== "sector" || Boolean(exposure[sectorOf(one.scenario)]?.gross))
    .sort((a, b) => (size(a) === size(b) ? order(a, b) : size(a) - size(b)));
}

export function worstOf(shown: readonly Stressed[]): Stressed | null {
  const worst = shown[0];
  return worst === undefined || worst.pnl === null ? null : worst;
}

export function stressSentence(found: Complete): string {
  const worst = worstOf(shownScenarios(found));
  if (worst === null) return absence(found, found.snapshot.hhi === null ? "hhi" : "market_beta_weighted");
  const pnl = worst.pnl ?? 0;
  const size = money(Math.abs(pnl), found.portfolio.currency);
  if (pnl < 0)
    return `${eventOf(worst, "A")} would cost about ${size}, ${percent(Math.abs(worst.pnl_pct ?? 0))} of net asset value.${partOf(worst)}`;
  return `None of these moves would cost anything; ${eventOf(worst, "a")} would bring the least, ${size}.${partOf(worst)}`;
}

function partOf({ coverage }: Stressed): string {
  if (speaksForAll(coverage)) return "";
  return ` That is the ${percent(coverage, 0)} of exposure whose move is known; the rest is left out.`;
}

const LACKS = [
  ["market", "has no beta, so it is left out of the market scenarios"],
  ["sector", "has no known sector, so it is left out of the sector scenarios"],
  ["replay", "has neither prices of those days nor a beta, so it is left out of a replay"],
  ["user", "has no beta or no known sector, so it is left out of your own scenarios"],
] as const;

/** What is left out of each kind of scenario, at most. */
export function uncovered(stress: readonly Stressed[]): readonly string[] {
  return LACKS.flatMap(([kind, lacks]) => {
    const known = stress.flatMap((one) => (one.kind === kind && one.coverage !== null ? [one.coverage] : []));
    const least = known.length === 0 ? null : Math.min(...known);
    return least === null || isWhole(least) ? [] : [`${percent(1 - least)} of gross exposure ${lacks}.`];
  });
}

type Ranked = NonNullable<Complete["holdings"]>[number] & { readonly risk_contribution: number };

const NAMED = 3; // positions of which the sentence gives the sum
const LISTED = 8;

/** Positions whose contribution is known, the largest first. */
export function rankedContributors({ holdings }: Complete): readonly Ranked[] {
  return (holdings ?? [])
    .filter((one): one is Ranked => one.risk_contribution !== null)
    .sort((a, b) => b.risk_contribution - a.risk_contribution || (a.symbol < b.symbol ? -1 : 1));
}

export function contributorsTold(found: Complete): Told {
  const ranked = rankedContributors(found);
  const first = ranked[0];
  if (found.snapshot.diversification_ratio === null || first === undefined)
    return { level: null, sentence: absence(found, "diversification_ratio") };
  return {
    level: `of the risk comes from ${first.symbol}`,
    sentence: carried(first, ranked, found) + measuredPart(found.snapshot.structure_coverage),
  };
}

function carried(first: Ranked, ranked: readonly Ranked[], { holdings }: Complete): string {
  if (ranked.length === 1)
    return (holdings ?? []).length > 1 ? "No other is known." : "It is the only position.";
  const sum = (some: readonly Ranked[]) => percent(some.reduce((all, one) => all + one.risk_contribution, 0));
  let text = `${first.symbol} is ${percent(first.share)} of gross exposure and carries ${percent(first.risk_contribution)} of the risk`;
  const top = ranked.slice(0, NAMED).filter((one) => one.risk_contribution > 0);
  if (top.length === NAMED && ranked.length > NAMED) {
    const names = top.map((one) => one.symbol);
    text += `; ${names.slice(0, -1).join(", ")} and ${names.at(-1)} together carry ${sum(top)}`;
  }
  const hedges = ranked.filter((one) => percent(one.risk_contribution).startsWith("−")).reverse();
  if (hedges.length > 0)
    text += `. ${commas(hedges)} ${hedges.length > 1 ? "offset" : "offsets"} part of it (${sum(hedges)})`;
  return `${text}.`;
}

/** Names with commas, the first eight of many. */
export function commas(some: readonly { readonly symbol: string }[]): string {
  const more = some.length - LISTED;
  const names = some.slice(0, LISTED).map((one) => one.symbol);
  return names.join(", ") + (more > 0 ? ` and ${number(more)} more` : "");
}

/** What of the positions' volatility cancels out, where there is more than one. */
export function cancelled({ snapshot, holdings }: Complete): string | null {
  const split = snapshot.diversification_ratio;
  if (split === null || (holdings ?? []).length < 2) return null;
  return `diversification ratio ${ratio(split)}: ${percent(1 - 1 / split, 0)} of the positions’ volatility cancels out`;
}

/** "90 sessions", or nothing where it is not known how many. */
export function sessions(how: number | null): readonly string[] {
  return how === null ? [] : [count(how, "session")];
}
