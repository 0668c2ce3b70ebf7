import { ActionIcon, Group, Tooltip } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { completeQuery } from "~/api/queries";
import { type Neighbours, neighboursQuery } from "~/features/history/seriesQuery";
import { isDay } from "~/lib/days";
import { day } from "~/lib/format";

/** The session that is shown, with the one before and after it; arrow keys do the same. */
export function HeaderSlot() {
  const { portfolioId } = useParams({ strict: false });
  return portfolioId === undefined ? <span /> : <SessionChooser portfolioId={portfolioId} />;
}

function SessionChooser({ portfolioId }: { readonly portfolioId: number }) {
  const { as_of: asked } = useSearch({ strict: false });
  const as_of = isDay(asked) ? asked : undefined;
  const navigate = useNavigate();
  const shown = useQuery(completeQuery(portfolioId, as_of ?? null));
  const current = as_of ?? shown.data?.snapshot.snapshot_date;
  const { data: beside } = useQuery({
    ...neighboursQuery(portfolioId, current ?? ""),
    enabled: current !== undefined,
  });
  const [near, setNear] = useState(false); // the pointer or the focus is at the buttons
  usePrefetched(portfolioId, near || as_of !== undefined ? beside : undefined);
  const none = current === undefined && !shown.isPending; // no session at all
  const client = useQueryClient();
  const go = async (way: Way) => {
    if (current === undefined) return;
    // Who is quick may press before the neighbours are known.
    const found = beside ?? (await client.ensureQueryData(neighboursQuery(portfolioId, current)));
    const to = found[way];
    if (to === null) return;
    const latest = way === "after" && found.afterIsNewest;
    await navigate({ to: ".", search: (old) => ({ ...old, as_of: latest ? undefined : to }) });
  };
  const step = (way: Way) => void go(way).catch(() => undefined); // pressed again, it is asked again
  useHotkeys(
    [
      ["ArrowLeft", () => step("before")],
      ["ArrowRight", () => step("after")],
    ],
    ["INPUT", "TEXTAREA", "SELECT", "BUTTON", "A", "TABLE", "SECTION"],
  );
  return (
    <Group
      gap={2}
      wrap="nowrap"
      className="rp-session"
      role="group"
      aria-label="Session"
      onPointerEnter={() => setNear(true)}
      onFocus={() => setNear(true)}
    >
      <Step way="before" to={none ? null : beside?.before} none="No earlier session is stored" onGo={step} />
      <span className="rp-session-day" aria-live="polite">
        {current ? day(current) : ""}
      </span>
      <Step way="after" to={none ? null : beside?.after} none="This is the newest session" onGo={step} />
      {as_of !== undefined && (
        <Link to="." search={(old) => ({ ...old, as_of: undefined })} className="rp-link rp-latest">
          latest
        </Link>
      )}
    </Group>
  );
}

type Way = "before" | "after";

interface StepProps {
  readonly way: Way;
  /** Undefined until it is known, null where there is none. */
  readonly to: string | null | undefined;
  readonly none: string;
  readonly onGo: (way: Way) => void;
}

function Step({ way, to, none, onGo }: StepProps) {
  const label = `Session ${way}`;
  const Icon = way === "before" ? IconChevronLeft : IconChevronRight;
  const key = way === "before" ? "left arrow" : "right arrow";
  return (
    <Tooltip label={to ? `${label}: ${day(to)} (${key})` : to === null ? none : label}>
      <ActionIcon
        variant="subtle"
        color="slate"
        onClick={() => onGo(way)}
        disabled={to === null}
        aria-label={label}
      >
        <Icon size={18} />
      </ActionIcon>
    </Tooltip>
  );
}

/** Ask for the sessions beside the one that is shown, so that a step shows at once. */
function usePrefetched(portfolioId: number, beside: Neighbours | undefined): void {
  const client = useQueryClient();
  useEffect(() => {
    if (beside === undefined) return;
    const { before, after, afterIsNewest } = beside;
    for (const to of [before, after]) {
      if (to === null) continue;
      void client.prefetchQuery(completeQuery(portfolioId, to === after && afterIsNewest ? null : to));
      void client.prefetchQuery(neighboursQuery(portfolioId, to));
    }
  }, [portfolioId, beside, client]);
}
