import { Button, Skeleton } from "@mantine/core";
import { IconAlertTriangle, IconInbox } from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ProblemError } from "~/api/client";

interface BoxProps {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** Nothing is there yet: why, and what to do. */
export function EmptyState({ title, children, action }: BoxProps) {
  return (
    <div className="rp-state">
      <IconInbox size={36} stroke={1.4} aria-hidden />
      <h2>{title}</h2>
      <div className="rp-quiet">{children}</div>
      {action}
    </div>
  );
}

interface ErrorStateProps {
  readonly error: unknown;
  readonly retry?: () => void;
  /** What to do, where more is known than the answer says. */
  readonly hint?: string;
  /** The way on, where asking again leads nowhere. */
  readonly action?: ReactNode;
}

/** Something went wrong: what, which, and what to do. */
export function ErrorState({ error, retry, hint, action }: ErrorStateProps) {
  const problem = error instanceof ProblemError ? error : null;
  const { href } = useLocation();
  return (
    <div className="rp-state" role="alert">
      <IconAlertTriangle size={36} stroke={1.4} aria-hidden className="rp-more" />
      <h2>{problem ? `${problem.title}: ${problem.detail}` : "This page failed"}</h2>
      <div className="rp-quiet">
        {hint ?? problem?.hint ?? "Reload the page; if it stays so, report it with what you did."}
      </div>
      {action}
      {problem?.status === 401 ? (
        <Link to="/login" search={{ next: href }} className="mantine-focus-auto rp-pill">
          Sign in
        </Link>
      ) : (
        retry && (
          <Button onClick={retry} variant="light">
            Try again
          </Button>
        )
      )}
    </div>
  );
}

interface NotRefreshedProps {
  /** When what is shown was answered, in milliseconds since 1970. */
  readonly since: number;
  readonly retry: () => void;
}

const CLOCK = { hour: "2-digit", minute: "2-digit" } as const;

/** What is shown could not be asked for again; it stays, and says of when it is. */
export function NotRefreshed({ since, retry }: NotRefreshedProps) {
  return (
    <div className="rp-not-refreshed rp-no-print" role="status">
      <IconAlertTriangle size={17} stroke={1.7} aria-hidden className="rp-more" />
      <span>
        Could not be refreshed; shown as of {new Intl.DateTimeFormat("en-GB", CLOCK).format(since)}.
      </span>
      <button type="button" className="rp-text-button" onClick={retry}>
        Try again
      </button>
    </div>
  );
}

/** The shape of cards while they load. */
export function CardsSkeleton({ spans = [6, 6, 6, 6, 6, 6] }: { readonly spans?: readonly number[] }) {
  return (
    <div className="rp-grid" aria-busy="true" role="status" aria-label="Loading">
      {spans.map((span, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: skeletons have no identity
        <section key={at} className="rp-card" data-span={span} style={{ minHeight: 320 }}>
          <Skeleton h={16} w="40%" />
          <Skeleton h={34} w="30%" mt={6} />
          <Skeleton h={14} w="90%" />
          <Skeleton h={150} mt="auto" />
          <Skeleton h={12} w="60%" />
        </section>
      ))}
    </div>
  );
}
