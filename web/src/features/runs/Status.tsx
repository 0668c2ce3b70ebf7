import { Tooltip } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCheck,
  IconClock,
  IconLoader2,
  IconPlayerStop,
  IconX,
} from "@tabler/icons-react";
import { MISSING } from "~/lib/format";
import "./runs.css";

const STATES = {
  queued: { Icon: IconClock, word: "waits", tone: "" },
  running: { Icon: IconLoader2, word: "running", tone: "rp-run-now" },
  succeeded: { Icon: IconCheck, word: "succeeded", tone: "rp-less" },
  partial: { Icon: IconAlertTriangle, word: "partly failed", tone: "rp-more" },
  failed: { Icon: IconX, word: "failed", tone: "rp-more" },
  abandoned: { Icon: IconPlayerStop, word: "abandoned", tone: "rp-more" },
} as const;

/** How a run stands, by icon and word. */
export function Status({ status }: { readonly status: string }) {
  const found = STATES[status as keyof typeof STATES];
  if (found === undefined) return <span>{status}</span>;
  return (
    <span className={`rp-run-status ${found.tone}`}>
      <found.Icon size={16} stroke={1.9} aria-hidden /> {found.word}
    </span>
  );
}

/** An em dash, and why nothing is told. */
export function Untold({ why }: { readonly why: string }) {
  return (
    <Tooltip label={why}>
      <button type="button" className="rp-plain rp-missing" aria-label={`Not told: ${why}`}>
        {MISSING}
      </button>
    </Tooltip>
  );
}
