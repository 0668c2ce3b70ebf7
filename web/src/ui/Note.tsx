import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { refusalOf } from "~/api/refusals";
import "./note.css";

const ICONS = { bad: IconAlertTriangle, good: IconCircleCheck, calm: IconInfoCircle } as const;

interface NoteProps {
  readonly kind?: keyof typeof ICONS;
  readonly children: ReactNode;
}

/** A remark within a page; a bad one is told at once. */
export function Note({ kind = "calm", children }: NoteProps) {
  const Icon = ICONS[kind];
  return (
    <div className={`rp-note rp-note-${kind}`} role={kind === "bad" ? "alert" : undefined}>
      <Icon size={18} stroke={1.7} aria-hidden />
      <div>{children}</div>
    </div>
  );
}

/** What was refused, and what to do. */
export function Refused({ error }: { readonly error: unknown }) {
  const { title, advice } = refusalOf(error);
  return (
    <Note kind="bad">
      <strong>{title}</strong>
      {advice && <div>{advice}</div>}
    </Note>
  );
}
