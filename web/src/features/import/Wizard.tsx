import { Button, Group, Skeleton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { RunNotice } from "~/features/runs/RunNotice";
import { BadRows } from "./BadRows";
import { Changes } from "./Changes";
import { DropFile } from "./DropFile";
import { KindChoice } from "./KindChoice";
import type { Kind, KindName } from "./kinds";
import { OptionFields } from "./OptionFields";
import type { Report } from "./report";
import { Sample, TemplateButton } from "./Sample";
import { type Import, useImport } from "./useImport";

interface WizardProps {
  readonly kind: Kind;
  readonly onKind: (name: KindName) => void;
  readonly admin: boolean;
}

/** Three steps under each other: a file, what it would change, and the change. */
export function Wizard({ kind, onKind, admin }: WizardProps) {
  const own = useImport(kind);
  return (
    <div className="rp-import">
      <div className="rp-steps">
        <Step number={1} title="Choose a file" state={own.file ? "done" : "now"}>
          <KindChoice value={kind.name} onChange={onKind} admin={admin} />
          <DropFile kind={kind} file={own.file} onFile={own.choose} />
          {own.file === null && <TemplateButton kind={kind} />}
          {own.file && (
            <OptionFields
              kind={kind}
              options={own.options}
              onOptions={own.change}
              named={own.named}
              faults={own.faults.fields}
            />
          )}
          {own.faults.rest && (
            <div role="alert" className="rp-fault">
              {own.faults.rest}
            </div>
          )}
        </Step>
        <Preview kind={kind} own={own} />
        <Commit kind={kind} own={own} />
      </div>
      <Sample kind={kind} />
    </div>
  );
}

interface StepProps {
  readonly number: number;
  readonly title: string;
  readonly state: "later" | "now" | "done";
  readonly children: ReactNode;
}

function Step({ number, title, state, children }: StepProps) {
  return (
    <section className="rp-card rp-step rp-form" aria-label={`Step ${number}: ${title}`} data-state={state}>
      <h2>
        <span className="rp-step-number" aria-hidden>
          {state === "done" ? "✓" : number}
        </span>
        <span className="rp-visually-hidden">Step {number}: </span>
        {title}
        {state === "done" && <span className="rp-visually-hidden">, done</span>}
      </h2>
      {children}
    </section>
  );
}

interface PartProps {
  readonly kind: Kind;
  readonly own: Import;
}

function Preview({ kind, own }: PartProps) {
  const { file, preview, busy, lacks } = own;
  const good = preview !== null && preview.badCount === 0;
  return (
    <Step number={2} title="Look at what it would change" state={good ? "done" : file ? "now" : "later"}>
      {file === null ? (
        <p className="rp-quiet rp-sentence">Nothing is written before you have seen what it would change.</p>
      ) : preview !== null ? (
        good ? (
          <Changes report={preview} done={own.done !== null} />
        ) : (
          <BadRows kind={kind} report={preview} />
        )
      ) : busy ? (
        <div role="status" aria-label="Looking at the file" aria-busy="true">
          <Skeleton h={18} w="60%" mb={10} />
          <Skeleton h={90} />
        </div>
      ) : (
        <Group gap="sm">
          <Button onClick={own.look} disabled={lacks}>
            Preview
          </Button>
          {lacks && <span className="rp-quiet rp-small">Fill in the fields above first.</span>}
        </Group>
      )}
    </Step>
  );
}

function Commit({ kind, own }: PartProps) {
  const { preview, done, busy } = own;
  const ready = preview !== null && preview.badCount === 0 && preview.changes.length > 0;
  const idle = preview !== null && preview.badCount === 0 && preview.changes.length === 0;
  return (
    <Step number={3} title="Import" state={done ? "done" : ready ? "now" : "later"}>
      {done ? (
        <Done kind={kind} report={done} onAgain={own.again} />
      ) : ready ? (
        <Group gap="sm">
          <Button onClick={own.commit} loading={busy}>
            Import
          </Button>
          <span className="rp-quiet rp-small">The whole file is imported, or nothing of it.</span>
        </Group>
      ) : idle ? (
        <>
          <p className="rp-sentence">There is nothing to import: all of it is stored already.</p>
          <Next portfolios={preview.portfolios} onAgain={own.again} />
        </>
      ) : (
        <p className="rp-quiet rp-sentence">The numbers that change are computed at once.</p>
      )}
    </Step>
  );
}

interface DoneProps {
  readonly kind: Kind;
  readonly report: Report;
  readonly onAgain: () => void;
}

function Done({ kind, report, onAgain }: DoneProps) {
  const what = `The ${kind.label.toLowerCase()} are imported.`;
  return (
    <>
      {report.runRequestId === null ? (
        <p className="rp-sentence">
          {what} {kind.name === "instruments" && "The next run uses them."}
        </p>
      ) : (
        <RunNotice requestId={report.runRequestId} what={what} />
      )}
      <Next portfolios={report.portfolios} onAgain={onAgain} />
    </>
  );
}

interface NextProps {
  readonly portfolios: Report["portfolios"];
  readonly onAgain: () => void;
}

function Next({ portfolios, onAgain }: NextProps) {
  return (
    <div className="rp-next">
      {portfolios.map(
        (one) =>
          one.portfolio_id !== null && (
            <Link
              key={one.name}
              to="/p/$portfolioId"
              params={{ portfolioId: one.portfolio_id }}
              className="rp-link rp-strong"
            >
              {one.name}
            </Link>
          ),
      )}
      <Link to="/portfolios" className="rp-link">
        All portfolios
      </Link>
      <Button variant="default" size="xs" onClick={onAgain}>
        Import another file
      </Button>
    </div>
  );
}
