import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { nextOrder, type Order } from "~/lib/sorting";

interface SortHeadProps {
  readonly name: string;
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
  readonly numeric?: boolean;
  readonly title?: string | undefined;
  readonly children: ReactNode;
}

/** The head of a column, which sorts by it. */
export function SortHead({ name, order, onOrder, numeric = false, title, children }: SortHeadProps) {
  const own = order.key === name;
  const Icon = own ? (order.down ? IconArrowDown : IconArrowUp) : IconArrowsSort;
  return (
    <th
      scope="col"
      className={numeric ? "rp-num" : undefined}
      aria-sort={own ? (order.down ? "descending" : "ascending") : "none"}
    >
      <button
        type="button"
        className="rp-sort"
        title={title}
        onClick={() => onOrder(nextOrder(order, name, numeric))}
      >
        {children}
        <Icon size={13} stroke={own ? 2.2 : 1.6} aria-hidden data-own={own} />
      </button>
    </th>
  );
}
