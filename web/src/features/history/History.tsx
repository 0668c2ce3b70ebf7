import "./history.css";
import { Button } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import type { Complete } from "~/api/queries";
import { day, shortDay } from "~/lib/format";
import { useHashState } from "~/ui/hashState";
import { CardsSkeleton, EmptyState, ErrorState, NotRefreshed } from "~/ui/States";
import { CompareCard } from "./CompareCard";
import type { MarkedDay } from "./chartOption";
import { FamilyCard } from "./FamilyCard";
import { FAMILIES } from "./families";
import { RangeBar } from "./RangeBar";
import { rangeOf } from "./range";
import { oldestQuery, seriesQuery } from "./seriesQuery";
import { useLinkedCharts } from "./useLinkedCharts";

interface HistoryProps {
  readonly found: Complete;
  readonly newest: string;
  readonly wanted: { readonly from: string | undefined; readonly to: string | undefined };
  readonly other: string | undefined;
  readonly onRange: (from: string | undefined, to: string | undefined) => void;
  readonly onCompare: (day: string | undefined) => void;
}

const ALL = FAMILIES.map((family) => family.id as string);
const NO_REASONS: Readonly<Record<string, string>> = {};
const NO_DAYS: readonly string[] = [];

export function History({ found, newest, wanted, other, onRange, onCompare }: HistoryProps) {
  const portfolioId = found.portfolio.id;
  const shown = found.snapshot.snapshot_date;
  const range = rangeOf(wanted, newest, shown);
  const series = useQuery({
    ...seriesQuery(portfolioId, range.from, range.to),
    placeholderData: keepPreviousData,
  });
  const { data: oldest } = useQuery(oldestQuery(portfolioId));
  const charts = useCharts();
  const days = useMemo(() => series.data?.map((point) => point.snapshot_date) ?? NO_DAYS, [series.data]);
  const place = useRef<HTMLDivElement>(null);
  const window = useLinkedCharts(place, days, onCompare);
  const marks = useMarks(shown, newest, other);
  const sessions = useSessions(found, days);
  const compared = other ?? sessions.filter((one) => one < shown).at(-1) ?? null;
  return (
    <div className="rp-history" ref={place}>
      <RangeBar
        range={range}
        oldest={oldest ?? undefined}
        newest={newest}
        onRange={onRange}
        families={charts.shown}
        onFamilies={charts.choose}
      />
      {series.error && series.data && (
        <NotRefreshed since={series.dataUpdatedAt} retry={() => void series.refetch()} />
      )}
      {series.data === undefined ? (
        series.error ? (
          <ErrorState error={series.error} retry={() => void series.refetch()} />
        ) : (
          <CardsSkeleton spans={[12, 6, 6, 6, 6]} />
        )
      ) : series.data.length === 0 ? (
        <EmptyState
          title="No session is stored in this range"
          action={
            <Button variant="light" onClick={() => onRange(oldest ?? undefined, newest)}>
              Show every stored session
            </Button>
          }
        >
          {day(range.from)} to {day(range.to)}. {oldest && `The oldest stored session is ${day(oldest)}.`}
        </EmptyState>
      ) : (
        <div className="rp-grid" aria-busy={series.isPlaceholderData}>
          {FAMILIES.filter((family) => charts.shown.includes(family.id)).map((family, at, all) => (
            <FamilyCard
              key={family.id}
              family={family}
              points={series.data}
              currency={found.portfolio.currency}
              marks={marks}
              window={window}
              reasons={days.at(-1) === shown ? found.data_quality.missing : NO_REASONS}
              hidden={charts.hidden}
              onToggle={charts.toggle}
              span={family.id === "value" || isAlone(at, all.length, charts.shown) ? 12 : 6}
            />
          ))}
        </div>
      )}
      <CompareCard
        found={found}
        other={compared}
        sessions={sessions}
        bounds={{ oldest: oldest ?? undefined, newest }}
        onChoose={onCompare}
      />
    </div>
  );
}

/** Whether a chart would stand alone in its row of two. */
function isAlone(at: number, all: number, shown: readonly string[]): boolean {
  const before = shown.includes("value") ? at - 1 : at;
  const pairs = shown.includes("value") ? all - 1 : all;
  return pairs % 2 === 1 && before === pairs - 1;
}

/** Every session that is known here: of the charts, and of the year up to the one that is shown. */
function useSessions(found: Complete, days: readonly string[]): readonly string[] {
  return useMemo(() => {
    const year = (found.timeseries ?? []).map((point) => point.snapshot_date);
    return [...new Set([...days, ...year])].sort();
  }, [found, days]);
}

function useMarks(shown: string, newest: string, other: string | undefined): readonly MarkedDay[] {
  return useMemo(
    () => [
      ...(shown === newest ? [] : [{ day: shown, label: `shown ${shortDay(shown)}` }]),
      ...(other === undefined || other === shown
        ? []
        : [{ day: other, label: `compared ${shortDay(other)}` }]),
    ],
    [shown, newest, other],
  );
}

/** Which charts and lines are there; kept in the address where it is not all of them. */
function useCharts() {
  const { state, set } = useHashState();
  const kept = state
    .get("charts")
    ?.split(",")
    .filter((id) => ALL.includes(id));
  const shown = kept === undefined || kept.length === 0 ? ALL : kept;
  const hidden = useMemo(() => new Set((state.get("hide") ?? "").split(",").filter(Boolean)), [state]);
  const choose = (ids: readonly string[]) => {
    if (ids.length > 0) set("charts", ids.length === ALL.length ? null : ids.join(","));
  };
  const toggle = (key: string) => {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    set("hide", next.size === 0 ? null : [...next].join(","));
  };
  return { shown, hidden, choose, toggle };
}
