import { Tooltip } from "@mantine/core";
import { MISSING } from "~/lib/format";
import { reasonOf } from "~/lib/words";

/** An em dash that says, to pointer, keyboard and screen reader, why there is no number. */
export function Missing({ reason }: { readonly reason?: string | null | undefined }) {
  const { what, remedy } = reasonOf(reason);
  const told = `Not known: ${what}. ${remedy}`;
  return (
    <Tooltip label={told}>
      <button type="button" className="rp-missing rp-plain" aria-label={told}>
        {MISSING}
      </button>
    </Tooltip>
  );
}

interface ValueProps {
  readonly value: number | null | undefined;
  readonly format: (value: number) => string;
  readonly reason?: string | null | undefined;
  /** The whole figure, shown on hover where the text is a short form of it. */
  readonly full?: string;
}

/** A number, which may be 0, or why there is none. */
export function Value({ value, format, reason, full }: ValueProps) {
  if (value === null || value === undefined) return <Missing reason={reason} />;
  const text = format(value);
  return full === undefined || full === text ? (
    <span>{text}</span>
  ) : (
    <Tooltip label={full}>
      <button type="button" className="rp-plain" aria-label={full}>
        {text}
      </button>
    </Tooltip>
  );
}
