import { Group, SegmentedControl, Title } from "@mantine/core";
import { Holdings } from "~/features/positions/Holdings";
import { Lots } from "~/features/positions/Lots";
import { useComplete } from "~/features/shell/PortfolioFrame";
import { useAddress } from "~/ui/address";
import "~/ui/tables.css";
import "~/features/positions/positions.css";

/** What is held: netted by symbol with its risk, or lot by lot to change it. */
export function PositionsPage() {
  const { data } = useComplete();
  const [tab, setTab] = useAddress("tab");
  if (!data) return null;
  const lots = tab === "lots";
  return (
    <>
      <Group justify="space-between" mb="sm" gap="sm">
        <Title order={2} size="1.125rem">
          {lots ? "Lots" : "Positions"}
        </Title>
        <SegmentedControl
          className="rp-no-print"
          aria-label="Positions or lots"
          value={lots ? "lots" : "holdings"}
          onChange={(value) => setTab(value === "lots" ? "lots" : undefined)}
          data={[
            { value: "holdings", label: "Positions" },
            { value: "lots", label: "Lots" },
          ]}
        />
      </Group>
      {lots ? (
        <Lots key={data.portfolio.id} portfolio={data.portfolio} on={data.snapshot.snapshot_date} />
      ) : (
        <Holdings key={data.portfolio.id} found={data} onLots={() => setTab("lots")} />
      )}
    </>
  );
}
