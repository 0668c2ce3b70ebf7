import { Select } from "@mantine/core";
import { type Order, writeOrder } from "~/lib/sorting";

interface SortChoiceProps {
  /** Orders as the address has them, each with its name. */
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
}

/** The order of a list that has no heads to sort by. */
export function SortChoice({ choices, order, onOrder }: SortChoiceProps) {
  return (
    <Select
      aria-label="Sort by"
      placeholder="Sort by"
      data={choices}
      value={writeOrder(order)}
      onChange={(value) => {
        if (value !== null) onOrder({ key: value.replace("-", ""), down: value.startsWith("-") });
      }}
      allowDeselect={false}
      className="rp-find"
    />
  );
}
