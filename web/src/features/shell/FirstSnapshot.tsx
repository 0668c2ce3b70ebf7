import { Group, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Schema } from "~/api/client";
import { Compute } from "~/features/health/Mending";
import { Lots } from "~/features/positions/Lots";
import { today } from "~/lib/days";
import { EmptyState } from "~/ui/States";
import "~/ui/tables.css";
import "~/features/positions/positions.css";

interface FirstSnapshotProps {
  readonly portfolio: Pick<Schema<"PortfolioSummaryModel">, "id" | "name" | "currency">;
}

/** A portfolio that has no numbers yet: what they need, and the lots to give it. */
export function FirstSnapshot({ portfolio }: FirstSnapshotProps) {
  return (
    <>
      <h1 className="rp-visually-hidden">{portfolio.name}</h1>
      <EmptyState
        title="No snapshot yet"
        action={
          <Group justify="center" gap="xs">
            <Compute portfolioId={portfolio.id} />
            <Link to="/import" className="rp-link">
              Import a file of positions
            </Link>
          </Group>
        }
      >
        Its numbers need lots that are held and prices of their symbols and of the market index. They are
        computed after each change, and each night.
      </EmptyState>
      <Title order={2} size="1.125rem" mb="sm">
        Lots
      </Title>
      <Lots portfolio={portfolio} on={today()} />
    </>
  );
}
