import { Title } from "@mantine/core";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { ComputeForm } from "~/features/runs/ComputeForm";
import { Requests } from "~/features/runs/Requests";
import { RunDrawer } from "~/features/runs/RunDrawer";
import { RunsTable } from "~/features/runs/RunsTable";
import { shownRun } from "~/features/runs/runs";
import "~/features/runs/runs.css";

/** What is being computed, what was, and the way to ask for more. */
export function RunsPage() {
  const { hash } = useLocation();
  const navigate = useNavigate();
  return (
    <>
      <div className="rp-top">
        <div>
          <Title order={1} size="h2">
            Runs
          </Title>
          <p className="rp-lead">
            A run computes the snapshots of a session from stored prices; each night does it by itself.
          </p>
        </div>
        <ComputeForm />
      </div>
      <div className="rp-stack">
        <section className="rp-panel" aria-labelledby="asked-for">
          <h2 id="asked-for">Asked for by you</h2>
          <Requests />
        </section>
        <section className="rp-panel" aria-labelledby="runs">
          <h2 id="runs">Runs</h2>
          <RunsTable />
        </section>
      </div>
      <RunDrawer id={shownRun(hash)} onClose={() => void navigate({ to: "/runs", resetScroll: false })} />
    </>
  );
}
