import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answered, api } from "~/api/client";
import { sessionQuery } from "~/api/queries";
import { RunNotice } from "~/features/runs/RunNotice";
import { Refused } from "~/ui/Note";
import type { Explained } from "./explain";

interface MendingProps {
  readonly entry: Explained;
  readonly portfolioId: number;
  readonly session: string;
  /** The market index that betas are measured against. */
  readonly index: string;
}

/** The way to what mends a finding: a page, a button, or the command that only the server has. */
export function Mending(props: MendingProps) {
  return (
    <div className="rp-mend">
      <Way {...props} />
      <Link to="/methods" hash={props.entry.method} className="rp-text-link">
        How this is computed
      </Link>
    </div>
  );
}

function Way({ entry, portfolioId, session, index }: MendingProps) {
  const { data: asker } = useQuery(sessionQuery);
  switch (entry.mend) {
    case "prices":
      return (
        <span>
          On the server: <code className="rp-code">riskpanel fetch</code>, or{" "}
          <code className="rp-code">riskpanel import prices FILE</code>
          {entry.reason === "market_index_unpriced" && ` with ${index} in the file`}
        </span>
      );
    case "benchmark":
      return (
        <span>
          On the server: <code className="rp-code">riskpanel benchmark update</code>
        </span>
      );
    case "sectors":
      return asker?.is_admin ? (
        <>
          <Link to="/import" className="rp-text-link">
            Import an instruments file
          </Link>
          <Compute portfolioId={portfolioId} session={session} />
        </>
      ) : (
        <span>Instruments are shared: ask an administrator to import them.</span>
      );
    case "import":
      return (
        <Link to="/import" className="rp-text-link">
          Import positions
        </Link>
      );
    case "positions":
      return (
        <Link to="/p/$portfolioId/positions" params={{ portfolioId }} className="rp-text-link">
          Look at the positions
        </Link>
      );
    case "compute":
      return <Compute portfolioId={portfolioId} session={session} />;
    default:
      return null;
  }
}

interface ComputeProps {
  readonly portfolioId: number;
  /** The session to compute again; without one the newest. */
  readonly session?: string;
}

/** Compute a session again, and say how far that is. */
export function Compute({ portfolioId, session }: ComputeProps) {
  const ask = useMutation({
    mutationFn: async () => {
      const range = session === undefined ? {} : { from: session, to: session };
      const body = { portfolio_id: portfolioId, everybody: false, ...range };
      return answered(await api.POST("/api/v1/run-requests", { body }));
    },
  });
  return (
    <div>
      {ask.data ? (
        <RunNotice requestId={ask.data.id} />
      ) : (
        <Button variant="light" size="compact-sm" loading={ask.isPending} onClick={() => ask.mutate()}>
          {session === undefined ? "Compute now" : "Compute again"}
        </Button>
      )}
      {ask.error && <Refused error={ask.error} />}
    </div>
  );
}
