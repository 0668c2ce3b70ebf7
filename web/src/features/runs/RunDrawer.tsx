import { Drawer, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { moment } from "~/lib/format";
import { Loaded } from "~/ui/Loaded";
import { Count, Took } from "./RunsTable";
import { constant, type RunDetail, runQuery, sessionsOf } from "./runs";
import { Status, Untold } from "./Status";

interface DrawerProps {
  readonly id: number | null;
  readonly onClose: () => void;
}

/** One run: what failed of one's own, and every constant it used. */
export function RunDrawer({ id, onClose }: DrawerProps) {
  return (
    <Drawer.Root opened={id !== null} onClose={onClose} position="right" size="lg">
      <Drawer.Overlay />
      <Drawer.Content>
        <div className="rp-drawer-top">
          <Drawer.Title fw={650}>{id === null ? "" : `Run ${id}`}</Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </div>
        <Drawer.Body>{id !== null && <Detail id={id} />}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Detail({ id }: { readonly id: number }) {
  const asked = useQuery(runQuery(id));
  return (
    <Loaded
      asked={asked}
      loading={
        <div role="status" aria-label="Loading" aria-busy="true">
          <Skeleton h={180} mb="md" />
          <Skeleton h={320} />
        </div>
      }
    >
      {(data) => (
        <>
          <Facts found={data} />
          <Failures found={data} />
          <Inputs found={data} />
          <Policy found={data} />
        </>
      )}
    </Loaded>
  );
}

function Facts({ found }: { readonly found: RunDetail }) {
  const { run, inputs_hash, error } = found;
  return (
    <>
      {error !== null && <p className="rp-more">{error}</p>}
      <dl className="rp-pairs">
        <Pair name="Status">
          <Status status={run.status} />
        </Pair>
        <Pair name="Sessions">{sessionsOf(run.as_of_from, run.as_of_to)}</Pair>
        <Pair name="Began">{moment(run.started_at)}</Pair>
        <Pair name="Took">
          <Took run={run} now={Date.now()} />
        </Pair>
        <Pair name="Portfolios">
          <Count run={run} value={run.portfolios_count} />
        </Pair>
        <Pair name="Instruments">
          <Count run={run} value={run.instruments_count} />
        </Pair>
        <Pair name="Snapshots">
          <Count run={run} value={run.snapshots_count} />
        </Pair>
        <Pair name="Version">
          {run.version}, engine {run.engine}
        </Pair>
        <Pair name="Policy">
          <code className="rp-code">{run.policy_fingerprint}</code>
        </Pair>
        <Pair name="Inputs">
          {inputs_hash === null ? (
            <Untold why="The run was killed before it named its inputs." />
          ) : (
            <code className="rp-code">{inputs_hash}</code>
          )}
        </Pair>
      </dl>
    </>
  );
}

function Pair({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Failures({ found }: { readonly found: RunDetail }) {
  return (
    <section>
      <h3 className="rp-drawer-head">Your portfolios that failed</h3>
      {found.failures.length === 0 ? (
        <p className="rp-quiet rp-small">None.</p>
      ) : (
        <ul className="rp-requests">
          {found.failures.map((one) => (
            <li key={one.portfolio_id} className="rp-request">
              <Link to="/p/$portfolioId" params={{ portfolioId: one.portfolio_id }} className="rp-link">
                <strong>{one.name}</strong>
              </Link>
              <div>{one.error}</div>
              {one.hint !== "" && <div className="rp-quiet rp-small">What helps: {one.hint}</div>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const INPUTS = {
  prices: "Prices",
  holdings: "Holdings",
  benchmarks: "Benchmarks",
  sectors: "Sectors",
  scenarios: "Scenarios",
} as const;

function Inputs({ found }: { readonly found: RunDetail }) {
  const { inputs } = found;
  if (inputs === null) return null;
  const names = Object.keys(INPUTS) as (keyof typeof INPUTS)[];
  return (
    <section>
      <h3 className="rp-drawer-head">Inputs</h3>
      <p className="rp-quiet rp-small">
        A hash of each input, equal for equal inputs: where two runs differ, it says what changed.
      </p>
      <table className="rp-table">
        <caption className="rp-visually-hidden">Hashes of the inputs</caption>
        <thead>
          <tr>
            <th scope="col">Input</th>
            <th scope="col">SHA-256</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <td>{INPUTS[name]}</td>
              <td>
                {inputs[name] === null ? (
                  <Untold why="Of a night of everybody only administrators are told." />
                ) : (
                  <code className="rp-code">{inputs[name].slice(0, 16)}</code>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Policy({ found }: { readonly found: RunDetail }) {
  const rows = Object.entries(found.policy).sort(([a], [b]) => a.localeCompare(b));
  return (
    <section>
      <h3 className="rp-drawer-head">Policy</h3>
      <p className="rp-quiet rp-small">
        Every constant that this run used; windows are in sessions.{" "}
        <Link to="/methods" className="rp-text-link">
          Methods
        </Link>{" "}
        says what each does.
      </p>
      <table className="rp-table">
        <caption className="rp-visually-hidden">Constants of the policy</caption>
        <thead>
          <tr>
            <th scope="col">Constant</th>
            <th scope="col" className="rp-num">
              Value
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <td>
                <code>{name}</code>
              </td>
              <td className="rp-num">{constant(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
