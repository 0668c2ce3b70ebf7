import { IconArrowDownRight, IconArrowRight, IconArrowUpRight } from "@tabler/icons-react";
import { TRENDS } from "~/lib/words";

const ICONS: Readonly<Record<string, typeof IconArrowRight>> = {
  increasing: IconArrowUpRight,
  decreasing: IconArrowDownRight,
  stable: IconArrowRight,
};

interface TrendProps {
  readonly trend: string;
  readonly className: string;
  /** What stands behind the word. */
  readonly note?: string;
}

/** Where volatility has gone so far, which says nothing of what is expected: an arrow and its word. */
export function Trend({ trend, className, note = "" }: TrendProps) {
  const { word, tone } = TRENDS[trend] ?? { word: trend, tone: "calm" };
  const Icon = ICONS[trend] ?? IconArrowRight;
  return (
    <span className={`${className} ${tone === "calm" ? "" : `rp-${tone}`}`}>
      <Icon size={15} aria-hidden /> {word}
      {note}
    </span>
  );
}
