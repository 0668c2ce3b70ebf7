import { Button, Group, Title } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Schema } from "~/api/client";
import { Compute } from "~/features/health/Mending";
import { PortfolioActions } from "~/features/portfolios/PortfolioActions";
import { Lots } from "~/features/positions/Lots";
import { today } from "~/lib/days";
import "~/ui/tables.css";
import "~/features/positions/positions.css";

interface FirstSnapshotProps {
  readonly portfolio: Pick<Schema<"PortfolioSummaryModel">, "id" | "name" | "currency">;
}

/** A portfolio that has no numbers yet: what they need, and the lots to give it. */
export function FirstSnapshot({ portfolio }: FirstSnapshotProps) {
  const navigate = useNavigate();
  return (
    <>
      <div className="rp-page-head">
        <div>
          <Title order={1} size="h2">
            {portfolio.name}
          </Title>
          <div className="rp-quiet">
            No snapshot yet: it needs lots that are held, and prices of their symbols and of the market index.
            Each change computes it, and each night.
          </div>
        </div>
        <Group gap="sm">
          <Compute portfolioId={portfolio.id} />
          <Button component={Link} to="/import" variant="default" leftSection={<IconUpload size={16} />}>
            Import
          </Button>
          <PortfolioActions
            portfolio={portfolio}
            onRemoved={() => navigate({ to: "/portfolios", replace: true })}
          />
        </Group>
      </div>
      <Title order={2} size="1.125rem" mb="sm">
        Lots
      </Title>
      <Lots portfolio={portfolio} on={today()} />
    </>
  );
}
