import { ActionIcon, Group, Tooltip } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { completeQuery } from "~/api/queries";
import { day } from "~/lib/format";

/** The session that is shown, with the one before and after it; arrow keys do the same. */
export function HeaderSlot() {
  const { portfolioId } = useParams({ strict: false });
  return portfolioId === undefined ? <span /> : <SessionChooser portfolioId={portfolioId} />;
}

function SessionChooser({ portfolioId }: { readonly portfolioId: number }) {
  const { as_of } = useSearch({ strict: false });
  const navigate = useNavigate();
  const newest = useQuery(completeQuery(portfolioId, null));
  const shown = useQuery(completeQuery(portfolioId, as_of ?? null));
  const days = (newest.data?.timeseries ?? []).map((point) => point.snapshot_date);
  const current = shown.data?.snapshot.snapshot_date ?? as_of;
  const at = current === undefined ? -1 : days.indexOf(current);
  const before = at > 0 ? days[at - 1] : shown.data?.timeseries?.at(-2)?.snapshot_date;
  const after = at >= 0 ? days[at + 1] : undefined;
  const go = (to: string | undefined) => {
    if (to === undefined) return;
    void navigate({ to: ".", search: (old) => ({ ...old, as_of: to === days.at(-1) ? undefined : to }) });
  };
  useHotkeys(
    [
      ["ArrowLeft", () => go(before)],
      ["ArrowRight", () => go(after)],
    ],
    ["INPUT", "TEXTAREA", "SELECT", "BUTTON", "A", "TABLE", "SECTION"],
  );
  return (
    <Group gap={2} wrap="nowrap" className="rp-session" role="group" aria-label="Session">
      <Tooltip
        label={before ? `Session before: ${day(before)} (left arrow)` : "No earlier session is stored"}
      >
        <ActionIcon
          variant="subtle"
          color="slate"
          onClick={() => go(before)}
          disabled={!before}
          aria-label="Session before"
        >
          <IconChevronLeft size={18} />
        </ActionIcon>
      </Tooltip>
      <span className="rp-session-day" aria-live="polite">
        {current ? day(current) : ""}
      </span>
      <Tooltip label={after ? `Session after: ${day(after)} (right arrow)` : "This is the newest session"}>
        <ActionIcon
          variant="subtle"
          color="slate"
          onClick={() => go(after)}
          disabled={!after}
          aria-label="Session after"
        >
          <IconChevronRight size={18} />
        </ActionIcon>
      </Tooltip>
      {as_of !== undefined && (
        <Link to="." search={(old) => ({ ...old, as_of: undefined })} className="rp-link rp-latest">
          latest
        </Link>
      )}
    </Group>
  );
}
