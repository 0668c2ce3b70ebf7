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

/** Something went wrong: what, which, and what to do. */
export function ErrorState({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const problem = error instanceof ProblemError ? error : null;
  const { href } = useLocation();
  return (
    <div className="rp-state" role="alert">
      <IconAlertTriangle size={36} stroke={1.4} aria-hidden className="rp-more" />
      <h2>{problem ? `${problem.title}: ${problem.detail}` : "This page failed"}</h2>
      <div className="rp-quiet">
        {problem?.hint ?? "Reload the page; if it stays so, report it with what you did."}
      </div>
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
