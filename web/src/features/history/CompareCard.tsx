import { Button, Group, Skeleton, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ProblemError } from "~/api/client";
import { type Complete, completeQuery } from "~/api/queries";
import { daysBetween, monthsBefore } from "~/lib/days";
import { count, day, listed, money, percent } from "~/lib/format";
import { Card } from "~/ui/Card";
import { ErrorState, NotRefreshed } from "~/ui/States";
import { headlineChanges, type Made, madeBetween, positionChanges } from "./compare";
import { HeadlinesChanged } from "./HeadlinesChanged";
import { PositionsChanged } from "./PositionsChanged";
import { RANGES } from "./range";
import { nearestOf, nearestQuery, seriesQuery } from "./seriesQuery";

interface CompareCardProps {
  readonly found: Complete;
  /** The other session; null where none is stored. */
  readonly other: string | null;
  /** Stored sessions to choose from, oldest first. */
  readonly sessions: readonly string[];
  readonly bounds: { readonly oldest: string | undefined; readonly newest: string };
  readonly onChoose: (day: string | undefined) => void;
}

/** What changed between the session that is shown and another one. */
export function CompareCard({ found, other, sessions, bounds, onChoose }: CompareCardProps) {
  const shown = found.snapshot.snapshot_date;
  return (
    <Card
      title="What changed"
      about="Positions, weights, risk contributions and the main numbers of two sessions side by side, the earlier one first."
      span={12}
    >
      <Chooser shown={shown} other={other} sessions={sessions} bounds={bounds} onChoose={onChoose} />
      {other === null ? (
        <p className="rp-sentence">Only this session is stored. A second one makes a comparison.</p>
      ) : other === shown ? (
        <p className="rp-sentence">This is the session that is shown. Choose another one to compare with.</p>
      ) : (
        <Compared found={found} other={other} onChoose={onChoose} />
      )}
    </Card>
  );
}

type ChooserProps = Omit<CompareCardProps, "found"> & { readonly shown: string };

function Chooser({ shown, other, sessions, bounds, onChoose }: ChooserProps) {
  const quick = quickOf(shown, sessions);
  return (
    <div className="rp-history-bar rp-no-print">
      <TextInput
        type="date"
        size="xs"
        label={`Compare ${day(shown)} with`}
        value={other ?? ""}
        min={bounds.oldest}
        max={bounds.newest}
        onChange={(event) => onChoose(event.currentTarget.value || undefined)}
      />
      <Group gap={4} role="group" aria-label="Sessions to compare with">
        {quick.map(({ label, to }) => (
          <Button
            key={label}
            size="xs"
            variant={to === other ? "light" : "subtle"}
            color={to === other ? "indigo" : "slate"}
            aria-pressed={to === other}
            onClick={() => onChoose(to)}
          >
            {label}
          </Button>
        ))}
      </Group>
      <span className="rp-quiet rp-small">or click on a session in a chart</span>
    </div>
  );
}

const NEAR = 7; // days within which a session stands for a date

/** Sessions that are mostly asked for: those that are stored. */
export function quickOf(shown: string, sessions: readonly string[]) {
  const before = sessions.filter((one) => one < shown);
  const months = RANGES.map(({ told, months }) => {
    const wanted = monthsBefore(shown, months);
    const nearest = nearestOf(before, wanted);
    const near = nearest !== null && Math.abs(daysBetween(nearest, wanted)) <= NEAR;
    return { label: `${told} before`, to: near ? nearest : undefined };
  });
  return [{ label: "Session before", to: before.at(-1) }, ...months].filter(
    (one): one is { label: string; to: string } => one.to !== undefined,
  );
}

interface ComparedProps {
  readonly found: Complete;
  readonly other: string;
  readonly onChoose: (day: string) => void;
}

function Compared({ found, other, onChoose }: ComparedProps) {
  const portfolioId = found.portfolio.id;
  const shown = found.snapshot.snapshot_date;
  const [first, last] = other < shown ? [other, shown] : [shown, other];
  const asked = useQuery(completeQuery(portfolioId, other));
  const past = useQuery(seriesQuery(portfolioId, first, last));
  if (asked.error instanceof ProblemError && asked.error.status === 404)
    return <NotStored portfolioId={portfolioId} other={other} onChoose={onChoose} />;
  if (!asked.data)
    return asked.error ? (
      <ErrorState error={asked.error} retry={() => void asked.refetch()} />
    ) : (
      <Skeleton height={320} aria-label="Loading the other session" role="status" />
    );
  const [before, after] = other < shown ? [asked.data, found] : [found, asked.data];
  const positions = positionChanges(before, after);
  const made = past.data ? madeBetween(past.data, first, last) : null;
  return (
    <>
      {asked.error && <NotRefreshed since={asked.dataUpdatedAt} retry={() => void asked.refetch()} />}
      <p className="rp-sentence">
        {summary(before, after, made)} {positionsSentence(positions)}
      </p>
      <div className="rp-history-compared">
        <HeadlinesChanged
          rows={headlineChanges(before, after)}
          made={made}
          currency={found.portfolio.currency}
          navBefore={before.snapshot.net_asset_value}
          days={[first, last]}
        />
        <PositionsChanged rows={positions} days={[first, last]} />
      </div>
    </>
  );
}

function summary(before: Complete, after: Complete, made: Made | null): ReactNode {
  const span = `Between ${day(before.snapshot.snapshot_date)} and ${day(after.snapshot.snapshot_date)}`;
  if (made === null) return `${span}.`;
  const nav = before.snapshot.net_asset_value;
  const share = nav > 0 ? ` (${percent(Math.abs(made.pnl) / nav)} of the value before)` : "";
  const currency = after.portfolio.currency;
  return (
    <>
      {span}, over {count(made.sessions, "session")}, what was held{" "}
      <strong className={made.pnl < 0 ? "rp-more" : "rp-less"}>
        {made.pnl < 0 ? "lost" : "made"} {money(Math.abs(made.pnl), currency)}
      </strong>
      {share}.
    </>
  );
}

function positionsSentence(rows: ReturnType<typeof positionChanges>): string {
  const named = (kind: string) => rows.filter((row) => row.kind === kind).map((row) => row.symbol);
  const parts = [
    ["new", named("new")],
    ["gone", named("gone")],
    ["changed quantity", [...named("more"), ...named("less")]],
  ] as const;
  const told = parts
    .filter(([, names]) => names.length > 0)
    .map(([word, names]) => `${word}: ${listed(names)}`);
  const text = told.join("; ");
  return told.length === 0
    ? "No quantity changed; weights moved with prices."
    : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

interface NotStoredProps {
  readonly portfolioId: number;
  readonly other: string;
  readonly onChoose: (day: string) => void;
}

function NotStored({ portfolioId, other, onChoose }: NotStoredProps) {
  const { data: nearest, isPending } = useQuery(nearestQuery(portfolioId, other));
  return (
    <div className="rp-history-none" role="status">
      <p className="rp-sentence">
        <strong>No snapshot of {day(other)} is stored.</strong> Markets may have been closed, or the day was
        never computed.
      </p>
      {nearest && (
        <Button size="xs" variant="light" onClick={() => onChoose(nearest)}>
          Compare with {day(nearest)}, the nearest stored session
        </Button>
      )}
      {!nearest && !isPending && <p className="rp-sentence">No other session is stored.</p>}
    </div>
  );
}
