import { Button, Skeleton } from "@mantine/core";
import { useViewportSize } from "@mantine/hooks";
import { IconDownload, IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { RunNotice } from "~/features/runs/RunNotice";
import { count } from "~/lib/format";
import { matches, readOrder, sorted, writeOrder } from "~/lib/sorting";
import { useAddress, useTyped } from "~/ui/address";
import { FindField } from "~/ui/FindField";
import { EmptyState, ErrorState } from "~/ui/States";
import { type Edited, LotDialog } from "./LotDialog";
import { LotCards, LotTable } from "./LotTable";
import { LOT_SORTS, type Lot, lotsQuery, stateOf } from "./lots";
import { RemoveLot } from "./RemoveLot";

const LIST_BELOW = 768; // px of window under which the table is a list

interface Done {
  readonly edited: Edited;
  readonly what: string;
}

interface LotsProps {
  readonly portfolio: { readonly id: number; readonly currency: string };
  /** The session that is shown, or today where there is none yet. */
  readonly on: string;
}

/** What was entered, lot by lot, and how to change it. */
export function Lots({ portfolio, on }: LotsProps) {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(lotsQuery(portfolio.id));
  const [edits, setEdits] = useState<Lot | null | undefined>(undefined);
  const [removes, setRemoves] = useState<Lot | undefined>(undefined);
  const [done, setDone] = useState<Done | null>(null);
  const finish = (edited: Edited, what: string) => {
    setDone({ edited, what });
    void client.invalidateQueries({ queryKey: ["lots", portfolio.id] });
  };
  return (
    <>
      {done && <DoneNotice done={done} onClose={() => setDone(null)} />}
      <LotDialog portfolioId={portfolio.id} lot={edits} onClose={() => setEdits(undefined)} onDone={finish} />
      <RemoveLot
        lot={removes}
        onClose={() => setRemoves(undefined)}
        onEnd={(lot) => {
          setRemoves(undefined);
          setEdits(lot);
        }}
        onDone={finish}
      />
      {data ? (
        <Found portfolio={portfolio} on={on} lots={data} onEdit={setEdits} onRemove={setRemoves} />
      ) : error ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : (
        <div className="rp-card" role="status" aria-busy="true" aria-label="Loading">
          {[0, 1, 2, 3, 4, 5].map((at) => (
            <Skeleton key={at} h={24} />
          ))}
        </div>
      )}
    </>
  );
}

function DoneNotice({ done, onClose }: { readonly done: Done; readonly onClose: () => void }) {
  const { edited, what } = done;
  const words = `${what} ${edited.warnings.join(" ")}`;
  if (edited.run_request_id !== null)
    return <RunNotice requestId={edited.run_request_id} what={words} onClose={onClose} />;
  return (
    <section className="rp-notice" aria-label="Done" aria-live="polite">
      <div className="rp-notice-text">{words} No number changes by it.</div>
    </section>
  );
}

interface FoundProps extends LotsProps {
  readonly lots: readonly Lot[];
  readonly onEdit: (lot: Lot | null) => void;
  readonly onRemove: (lot: Lot) => void;
}

function Found({ portfolio, on, lots, onEdit, onRemove }: FoundProps) {
  const [text, setText] = useTyped("lot");
  const [held, hold] = useAddress("sort");
  const width = useViewportSize().width || window.innerWidth;
  const order = readOrder(held, Object.keys(LOT_SORTS), { key: "symbol", down: false });
  const wanted = lots.filter((lot) => matches(text, [lot.symbol, lot.position_type]));
  const rows = sorted(wanted, LOT_SORTS[order.key] ?? ((lot) => lot.symbol), order.down);
  const open = lots.filter((lot) => stateOf(lot, on) === "open").length;
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => onEdit(null)}>
      Add a lot
    </Button>
  );
  if (lots.length === 0)
    return (
      <EmptyState title="No lots yet" action={add}>
        Add what you hold one by one, or import a file of positions.
      </EmptyState>
    );
  const shared = { rows, on, currency: portfolio.currency, onEdit, onRemove };
  return (
    <>
      <div className="rp-tools rp-no-print">
        <FindField
          placeholder="Symbol or side"
          label="Filter by symbol or side"
          value={text}
          onChange={setText}
        />
        <div className="rp-tools-end">
          <Button
            component="a"
            variant="default"
            leftSection={<IconDownload size={16} />}
            href={`/api/v1/portfolios/${portfolio.id}/exports/positions`}
            download
          >
            CSV
          </Button>
          {add}
        </div>
      </div>
      <p className="rp-quiet rp-small rp-counted" aria-live="polite">
        {rows.length < lots.length
          ? `${rows.length} of ${count(lots.length, "lot")}`
          : count(lots.length, "lot")}
        , {open} open on the session shown. A change is computed at once for the newest session; earlier ones
        stay until they are computed again.
      </p>
      {rows.length === 0 ? (
        <EmptyState
          title="No lot is left by this filter"
          action={
            <Button variant="light" onClick={() => setText("")}>
              Show all
            </Button>
          }
        />
      ) : width < LIST_BELOW ? (
        <LotCards {...shared} />
      ) : (
        <div className="rp-card rp-card-table">
          <LotTable {...shared} order={order} onOrder={(asked) => hold(writeOrder(asked))} />
        </div>
      )}
    </>
  );
}
