import { CloseButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";
import { sentence } from "~/api/refusals";
import { RunNotice } from "~/features/runs/RunNotice";
import type { Done } from "./terms";
import "~/ui/tables.css";
import "./portfolios.css";

interface PortfolioNoticeProps {
  readonly done: Done;
  readonly onClose: () => void;
}

/** What was done to a portfolio, and how the run goes that follows; it comes into sight by itself. */
export function PortfolioNotice({ done, onClose }: PortfolioNoticeProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    place.current?.scrollIntoView({ block: "nearest" });
    // What had the focus before is gone with the portfolio.
    if (done.kind === "removed") place.current?.focus({ preventScroll: true });
  }, [done]);
  return (
    <div ref={place} tabIndex={-1} className="rp-done">
      <Told done={done} onClose={onClose} />
    </div>
  );
}

function Told({ done, onClose }: PortfolioNoticeProps) {
  const named = `“${done.name}”`;
  if (done.kind === "removed") return <Words onClose={onClose}>{named} is removed.</Words>;
  const { run_request_id, warnings } = done.edited;
  const warned = warnings.map(sentence).join(" ");
  // Nothing can be computed before it holds something: the run of a new one is not worth following.
  if (done.kind === "created")
    return (
      <Words onClose={onClose}>
        {named} is created. {warned} Add its positions below, or{" "}
        <Link to="/import" className="rp-link">
          import a file of them
        </Link>
        .
      </Words>
    );
  const words = `${named} is changed. ${warned}`;
  if (run_request_id === null) return <Words onClose={onClose}>{words} No number changes by it.</Words>;
  return <RunNotice key={run_request_id} requestId={run_request_id} what={words} onClose={onClose} />;
}

function Words({ onClose, children }: { readonly onClose: () => void; readonly children: ReactNode }) {
  return (
    <section className="rp-notice" aria-label="Done">
      <div className="rp-notice-text" aria-live="polite">
        {children}
      </div>
      <CloseButton onClick={onClose} aria-label="Close this notice" />
    </section>
  );
}
