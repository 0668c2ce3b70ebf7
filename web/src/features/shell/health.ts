/** What the pill of a portfolio says of its numbers. */

import type { Schema } from "~/api/client";
import { count, day } from "~/lib/format";

type Ready = Pick<Schema<"ReadyModel">, "newest_snapshot" | "sessions_behind" | "fresh">;

interface Shown {
  readonly snapshotDate: string;
  /** Whether it is the newest session that the portfolio has. */
  readonly newest: boolean;
  readonly findings: number;
}

/** What the server says of its newest session; undefined until it answers. */
type Answer = Ready | "unknown" | undefined;

/** How old the newest numbers of a portfolio are, where they are older than they should be or nobody knows. */
export function staleness({ snapshotDate, newest }: Shown, ready: Answer): string | null {
  if (newest && ready === "unknown") return "Not known whether recent";
  if (!newest || !ready || ready === "unknown" || ready.newest_snapshot === null) return null;
  if (snapshotDate < ready.newest_snapshot) return `Stale: since ${day(snapshotDate)}`;
  return ready.fresh ? null : `Stale: ${count(ready.sessions_behind ?? 0, "session")}`;
}

/** "✓ Healthy", or what is wrong; a session of the past is not stale, it is the past. */
export function healthOf(shown: Shown, ready: Answer): { sound: boolean; told: string } {
  const parts = [
    staleness(shown, ready),
    shown.findings > 0 ? count(shown.findings, "finding") : null,
  ].filter((part) => part !== null);
  return parts.length === 0
    ? { sound: true, told: "✓ Healthy" }
    : { sound: false, told: `! ${parts.join(" · ")}` };
}
