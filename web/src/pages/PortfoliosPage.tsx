import { Button, Group, Skeleton, Title } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { IconPlus, IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { portfoliosQuery } from "~/api/queries";
import { PortfolioCards } from "~/features/portfolios/PortfolioCards";
import { PortfolioDialog } from "~/features/portfolios/PortfolioDialog";
import { PortfolioNotice } from "~/features/portfolios/PortfolioNotice";
import { PortfolioTable } from "~/features/portfolios/PortfolioTable";
import { COLUMNS, newestOf, type Summary, summaryOf } from "~/features/portfolios/summaries";
import type { Done } from "~/features/portfolios/terms";
import { count, day } from "~/lib/format";
import { matches, readOrder, sorted, writeOrder } from "~/lib/sorting";
import { useAddress, useTyped } from "~/ui/address";
import { FindField } from "~/ui/FindField";
import { SortChoice } from "~/ui/SortChoice";
import { EmptyState, ErrorState } from "~/ui/States";
import "~/ui/tables.css";

const FILTER_FROM = 9; // portfolios from which a field to find one is worth its place

export function PortfoliosPage() {
  const { data, error, refetch } = useQuery(portfoliosQuery);
  const [creating, form] = useDisclosure(false);
  const [done, setDone] = useState<Done | null>(null);
  const all = data?.map(summaryOf);
  return (
    <>
      <Head all={all} onNew={form.open} />
      <PortfolioDialog portfolioId={creating ? null : undefined} onClose={form.close} onDone={setDone} />
      {done && <PortfolioNotice done={done} onClose={() => setDone(null)} />}
      {error && !all ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : all === undefined ? (
        <TableSkeleton />
      ) : all.length === 0 ? (
        <Empty onNew={form.open} />
      ) : (
        <Portfolios all={all} onDone={setDone} />
      )}
    </>
  );
}

function Head({ all, onNew }: { readonly all: readonly Summary[] | undefined; readonly onNew: () => void }) {
  const newest = all ? newestOf(all) : null;
  return (
    <div className="rp-page-head">
      <div>
        <Title order={1} size="h2">
          Portfolios
        </Title>
        <div className="rp-quiet rp-small">
          {all && all.length > 0 && count(all.length, "portfolio")}
          {newest && ` · newest close ${day(newest)}`}
        </div>
      </div>
      <Group gap="xs">
        <Button component={Link} to="/import" variant="default" leftSection={<IconUpload size={16} />}>
          Import
        </Button>
        <Button onClick={onNew} leftSection={<IconPlus size={16} />}>
          New portfolio
        </Button>
      </Group>
    </div>
  );
}

const NAMES = [
  { value: "name", label: "Name" },
  { value: "-nav", label: "NAV" },
  { value: "-day", label: "Day" },
  { value: "-beta", label: "Market beta" },
  { value: "-volatility", label: "Volatility" },
  { value: "-hhi", label: "HHI" },
  { value: "-change", label: "NAV, 30 sessions" },
  { value: "-health", label: "Findings" },
  { value: "-as_of", label: "As of" },
];

interface PortfoliosProps {
  readonly all: readonly Summary[];
  readonly onDone: (done: Done) => void;
}

function Portfolios({ all, onDone }: PortfoliosProps) {
  const wide = useMediaQuery("(min-width: 1100px)", true, { getInitialValueInEffect: false });
  const [held, hold] = useAddress("sort");
  const [wanted, setWanted] = useTyped("q");
  const order = readOrder(held, Object.keys(COLUMNS), { key: "name", down: false });
  const many = all.length >= FILTER_FROM;
  const found = many ? all.filter((one) => matches(wanted, [one.name])) : all;
  const rows = sorted(found, COLUMNS[order.key] ?? ((one) => one.name), order.down);
  const newest = newestOf(all);
  return (
    <>
      <Group gap="sm" mb={many || !wide ? "sm" : 0}>
        {many && <FindField placeholder="Find a portfolio" value={wanted} onChange={setWanted} />}
        {!wide && all.length > 1 && (
          <SortChoice choices={NAMES} order={order} onOrder={(asked) => hold(writeOrder(asked))} />
        )}
      </Group>
      {rows.length === 0 ? (
        <EmptyState
          title="No portfolio of that name"
          action={
            <Button variant="light" onClick={() => setWanted("")}>
              Show all
            </Button>
          }
        >
          {count(all.length, "portfolio")} of other names.
        </EmptyState>
      ) : wide ? (
        <div className="rp-card rp-card-table">
          <PortfolioTable
            rows={rows}
            newest={newest}
            onDone={onDone}
            order={order}
            onOrder={(asked) => hold(writeOrder(asked))}
          />
        </div>
      ) : (
        <PortfolioCards rows={rows} newest={newest} onDone={onDone} />
      )}
    </>
  );
}

function Empty({ onNew }: { readonly onNew: () => void }) {
  return (
    <EmptyState
      title="No portfolios yet"
      action={
        <Group justify="center">
          <Button component={Link} to="/import">
            Import positions
          </Button>
          <Button variant="default" onClick={onNew}>
            New portfolio
          </Button>
        </Group>
      }
    >
      riskpanel computes every night, from what you hold and from prices, how much your portfolios swing with
      the market and by themselves, where they are concentrated, and what a bad stretch would do to them.
    </EmptyState>
  );
}

function TableSkeleton() {
  return (
    <div className="rp-card" role="status" aria-busy="true" aria-label="Loading">
      {[0, 1, 2, 3].map((at) => (
        <Skeleton key={at} h={38} />
      ))}
    </div>
  );
}
