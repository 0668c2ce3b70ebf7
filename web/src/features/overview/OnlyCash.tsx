import type { Complete } from "~/api/queries";
import { Card } from "~/ui/Card";

/** The one state in place of the cards of sectors, concentration and risk. */
export function OnlyCash({ found }: { readonly found: Complete }) {
  return (
    <Card
      title="Only cash is held"
      about="Sectors, concentration and all measures of risk are those of positions."
      asOf={found.snapshot.snapshot_date}
      sentence="There is nothing to measure. Import positions, or add a lot under Positions."
    />
  );
}
