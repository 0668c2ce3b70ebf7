import { Button, Skeleton, Switch, Title } from "@mantine/core";
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { usePortfolios } from "~/api/usePortfolios";
import { PortfolioHealth } from "~/features/health/PortfolioHealth";
import { isSound, ordered, type Summary, useQualities } from "~/features/health/queries";
import { RecentFailures } from "~/features/health/RecentFailures";
import { ServerPanel } from "~/features/health/ServerPanel";
import { count, number } from "~/lib/format";
import { useAddress } from "~/ui/address";
import { Loaded } from "~/ui/Loaded";
import { EmptyState } from "~/ui/States";
import "~/features/health/health.css";
import "~/features/runs/runs.css";

const SHOWN = 30;
const OPENED = 6; // portfolios with findings that are opened by themselves

/** What is known about the quality of the data, each finding with its effect and what mends it. */
export function HealthPage() {
  const { portfolio: chosen } = useSearch({ from: "/app/health" });
  const asked = usePortfolios("all");
  const first = number(asked.known.length);
  const note = asked.waiting
    ? `The first ${first} by name; the others are on their way.`
    : asked.cut
      ? `The first ${first} by name.`
      : null;
  return (
    <>
      <div className="rp-top">
        <div>
          <Title order={1} size="h2">
            Health
          </Title>
          <p className="rp-lead">
            What is missing, stale, imputed or unclassified behind the numbers, what follows from it, and what
            mends it.
          </p>
        </div>
      </div>
      <div className="rp-stack">
        <div className="rp-health-duo">
          <ServerPanel />
          <RecentFailures />
        </div>
        <Loaded
          asked={asked}
          loading={
            <div role="status" aria-label="Loading" aria-busy="true">
              <Skeleton h={120} mb="md" radius="md" />
              <Skeleton h={52} mb="md" radius="md" />
              <Skeleton h={52} radius="md" />
            </div>
          }
        >
          {(data) =>
            data.length === 0 ? (
              <EmptyState
                title="There are no portfolios yet"
                action={
                  <Button component={Link} to="/import">
                    Import positions
                  </Button>
                }
              >
                Their findings stand here once they have a snapshot.
              </EmptyState>
            ) : (
              <Portfolios all={ordered(data, chosen)} chosen={chosen} note={note} />
            )
          }
        </Loaded>
      </div>
    </>
  );
}

interface PortfoliosProps {
  readonly all: readonly Summary[];
  readonly chosen: number | undefined;
  /** What to know where these are not all. */
  readonly note: string | null;
}

function Portfolios({ all, chosen, note }: PortfoliosProps) {
  const [only, setOnly] = useAddress("only");
  const [most, setMost] = useState(SHOWN);
  const wanted = only === "findings" ? all.filter((one) => !isSound(one)) : all;
  const shown = wanted.slice(0, most);
  const asking = shown.filter((one) => !isSound(one) && one.snapshot_date !== null).map((one) => one.id);
  const qualities = useQualities(asking);
  const unsound = all.filter((one) => !isSound(one)).length;
  return (
    <section className="rp-stack" aria-labelledby="health-portfolios">
      <div className="rp-health-tools">
        <h2 id="health-portfolios">
          {unsound === 0
            ? "All portfolios are healthy"
            : `${unsound} of ${count(all.length, "portfolio")} with findings`}
        </h2>
        <Switch
          label="Only with findings"
          checked={only === "findings"}
          onChange={(event) => setOnly(event.currentTarget.checked ? "findings" : undefined)}
        />
      </div>
      {note !== null && <p className="rp-quiet rp-small">{note}</p>}
      {shown.map((one) => (
        <PortfolioHealth
          key={one.id}
          one={one}
          asked={asking.includes(one.id) ? qualities[asking.indexOf(one.id)] : undefined}
          open={chosen === undefined ? asking.length <= OPENED && !isSound(one) : one.id === chosen}
        />
      ))}
      {shown.length === 0 && <p className="rp-quiet">None has findings.</p>}
      {shown.length < wanted.length && (
        <div>
          <Button variant="light" size="xs" onClick={() => setMost(most + SHOWN)}>
            Show {Math.min(SHOWN, wanted.length - shown.length)} more
          </Button>
        </div>
      )}
    </section>
  );
}
