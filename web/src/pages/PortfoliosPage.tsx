import { Button, Group, Skeleton, Title } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { IconPlus, IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useDeferredValue, useMemo, useState } from "react";
import { PART, type Summary } from "~/api/queries";
import { usePortfolios } from "~/api/usePortfolios";
import { readyQuery } from "~/features/health/queries";
import { RowsActions } from "~/features/portfolios/PortfolioActions";
import { PortfolioCards } from "~/features/portfolios/PortfolioCards";
import { PortfolioDialog } from "~/features/portfolios/PortfolioDialog";
import { PortfolioNotice } from "~/features/portfolios/PortfolioNotice";
import { PortfolioTable } from "~/features/portfolios/PortfolioTable";
import { COLUMNS, newestOf, summaryOf } from "~/features/portfolios/summaries";
import type { Done } from "~/features/portfolios/terms";
import { count, day, number } from "~/lib/format";
import { matches, type Order, readOrder, sorted, writeOrder } from "~/lib/sorting";
import { useAddress, useHold, useTyped } from "~/ui/address";
import { FindField } from "~/ui/FindField";
import { Loaded } from "~/ui/Loaded";
import { Pager, partOf } from "~/ui/Pager";
import { SortChoice } from "~/ui/SortChoice";
import { EmptyState } from "~/ui/States";
import "~/ui/tables.css";

const EACH = 50; // portfolios of a page
const BY_NAME: Order = { key: "name", down: false };
const FILTER_FROM = 9; // portfolios from which a field to find one is worth its place

export function PortfoliosPage() {
  const [creating, form] = useDisclosure(false);
  const [done, setDone] = useState<Done | null>(null);
  const view = useView();
  const asked = usePortfolios(view.all ? "all" : "first");
  return (
    <>
      <Head all={asked.data} cut={asked.cut} onNew={form.open} />
      <PortfolioDialog portfolioId={creating ? null : undefined} onClose={form.close} onDone={setDone} />
      {done && <PortfolioNotice done={done} onClose={() => setDone(null)} />}
      <Loaded asked={asked} loading={<TableSkeleton />}>
        {(answered) =>
          answered.length === 0 ? (
            <Empty onNew={form.open} />
          ) : (
            <Portfolios
              answered={answered}
              cut={asked.cut}
              waiting={asked.waiting}
              view={view}
              onDone={setDone}
            />
          )
        }
      </Loaded>
    </>
  );
}

/** How the list is looked at: its order, what is looked for, and the page; the address keeps it. */
function useView() {
  const [sort] = useAddress("sort");
  const [page] = useAddress("page");
  const [typed, type] = useTyped("q", "page");
  const hold = useHold();
  const order = readOrder(sort, Object.keys(COLUMNS), BY_NAME);
  return {
    order,
    page,
    typed,
    type,
    /** Whether the first part by name is not enough. */
    all: typed.trim() !== "" || order.key !== BY_NAME.key || order.down || Number(page) * EACH >= PART,
    sortBy: (wanted: Order) => hold({ sort: writeOrder(wanted), page: undefined }),
    turnTo: (wanted: number) => hold({ page: wanted === 1 ? undefined : wanted }),
  };
}

interface HeadProps {
  readonly all: readonly Pick<Summary, "snapshot_date">[] | undefined;
  /** Whether there are more. */
  readonly cut: boolean;
  readonly onNew: () => void;
}

function Head({ all, cut, onNew }: HeadProps) {
  const newest = all ? newestOf(all) : null;
  return (
    <div className="rp-page-head">
      <div>
        <Title order={1} size="h2">
          Portfolios
        </Title>
        <div className="rp-quiet rp-small">
          {all && all.length > 0 && `${cut ? "more than " : ""}${count(all.length, "portfolio")}`}
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
  readonly answered: Parameters<typeof summaryOf>[0][];
  readonly cut: boolean;
  readonly waiting: boolean;
  readonly view: ReturnType<typeof useView>;
  readonly onDone: (done: Done) => void;
}

function Portfolios({ answered, cut, waiting, view, onDone }: PortfoliosProps) {
  const wide = useMediaQuery("(min-width: 1100px)", true, { getInitialValueInEffect: false });
  const { order, typed } = view;
  const all = useMemo(() => answered.map(summaryOf), [answered]);
  const many = all.length >= FILTER_FROM;
  const sought = useDeferredValue(typed);
  const found = useMemo(() => {
    const named = many ? all.filter((one) => matches(sought, [one.name])) : all;
    return sorted(named, COLUMNS[order.key] ?? ((one) => one.name), order.down);
  }, [all, many, sought, order.key, order.down]);
  const { data: ready } = useQuery(readyQuery);
  const newest = useMemo(() => newestOf(all), [all]);
  const age = { newest, ready };
  const part = partOf(view.page, found.length, EACH);
  const rows = found.slice(part.from, part.to);
  return (
    <>
      <Group gap="sm" mb={many || !wide ? "sm" : 0}>
        {many && <FindField placeholder="Find a portfolio" value={typed} onChange={view.type} />}
        {!wide && all.length > 1 && <SortChoice choices={NAMES} order={order} onOrder={view.sortBy} />}
      </Group>
      {cut && (view.all || waiting) && (
        <p className="rp-quiet rp-small" role="status">
          {waiting
            ? `Among the first ${number(all.length)} by name; the others are on their way.`
            : `Among the first ${number(all.length)} by name.`}
        </p>
      )}
      {rows.length === 0 ? (
        <EmptyState
          title="No portfolio of that name"
          action={
            <Button variant="light" onClick={() => view.type("")}>
              Show all
            </Button>
          }
        >
          {count(all.length, "portfolio")} of other names.
        </EmptyState>
      ) : (
        <RowsActions onDone={onDone}>
          {(button) =>
            wide ? (
              <div className="rp-card rp-card-table">
                <PortfolioTable rows={rows} age={age} button={button} order={order} onOrder={view.sortBy} />
              </div>
            ) : (
              <PortfolioCards rows={rows} age={age} button={button} />
            )
          }
        </RowsActions>
      )}
      <Pager part={part} rows={found.length} open={cut && !view.all} what="portfolios" onPage={view.turnTo} />
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
