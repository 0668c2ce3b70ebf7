import { Button, Skeleton, Switch, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { portfoliosQuery } from "~/api/queries";
import { PortfolioHealth } from "~/features/health/PortfolioHealth";
import { isSound, ordered, type Summary, useQualities } from "~/features/health/queries";
import { RecentFailures } from "~/features/health/RecentFailures";
import { ServerPanel } from "~/features/health/ServerPanel";
import { count } from "~/lib/format";
import { useAddress } from "~/ui/address";
import { EmptyState, ErrorState } from "~/ui/States";
import "~/features/health/health.css";
import "~/features/runs/runs.css";

const SHOWN = 30;
const OPENED = 6; // portfolios with findings that are opened by themselves

/** What is known about the quality of the data, each finding with its effect and what mends it. */
export function HealthPage() {
  const { portfolio: chosen } = useSearch({ from: "/app/health" });
  const { data, error, refetch } = useQuery(portfoliosQuery);
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
        {error ? (
          <ErrorState error={error} retry={() => void refetch()} />
        ) : data === undefined ? (
          <div role="status" aria-label="Loading" aria-busy="true">
            <Skeleton h={120} mb="md" radius="md" />
            <Skeleton h={52} mb="md" radius="md" />
            <Skeleton h={52} radius="md" />
          </div>
        ) : data.length === 0 ? (
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
          <Portfolios all={ordered(data, chosen)} chosen={chosen} />
        )}
      </div>
    </>
  );
}

interface PortfoliosProps {
  readonly all: readonly Summary[];
  readonly chosen: number | undefined;
}

function Portfolios({ all, chosen }: PortfoliosProps) {
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
