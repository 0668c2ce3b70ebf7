import { Tooltip } from "@mantine/core";
import { MISSING, money, moneyCompact } from "~/lib/format";
import { type Context, reasonOf } from "~/lib/words";

interface MissingProps {
  readonly reason?: string | null | undefined;
  /** What the reason may name. */
  readonly context?: Context | undefined;
}

/** An em dash that says, to pointer, keyboard and screen reader, why there is no number. */
export function Missing({ reason, context }: MissingProps) {
  const { what, remedy } = reasonOf(reason, context);
  const told = `Not known: ${what}. ${remedy}`;
  return (
    <Tooltip label={told}>
      <button type="button" className="rp-missing rp-plain" aria-label={told}>
        {MISSING}
      </button>
    </Tooltip>
  );
}

interface ValueProps extends MissingProps {
  readonly value: number | null | undefined;
  readonly format: (value: number) => string;
  /** The whole figure, shown on hover and focus where the text is a short form of it. */
  readonly full?: string;
}

/** A number, which may be 0, or why there is none. */
export function Value({ value, format, reason, context, full }: ValueProps) {
  if (value === null || value === undefined) return <Missing reason={reason} context={context} />;
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

interface ShortMoneyProps extends MissingProps {
  readonly value: number | null | undefined;
  readonly currency: string;
  readonly signed?: boolean;
}

/** Money in a few characters, the whole figure on hover and focus. */
export function ShortMoney({ value, currency, signed = false, reason, context }: ShortMoneyProps) {
  return (
    <Value
      value={value}
      format={(known) => moneyCompact(known, currency, signed)}
      full={money(value, currency, signed)}
      reason={reason}
      context={context}
    />
  );
}
