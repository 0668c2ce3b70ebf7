import { Button } from "@mantine/core";
import { useViewportSize } from "@mantine/hooks";
import { useDeferredValue, useMemo } from "react";
import type { Complete } from "~/api/queries";
import { roundEnd } from "~/charts/shares";
import { count, day, percent } from "~/lib/format";
import { readOrder, sorted, writeOrder } from "~/lib/sorting";
import { useAddress, useTyped } from "~/ui/address";
import { EmptyState } from "~/ui/States";
import { groupsFor, readGroups, writeGroups } from "./columns";
import { HoldingCards } from "./HoldingCards";
import { HoldingsTable } from "./HoldingsTable";
import { HoldingsTools } from "./HoldingsTools";
import { filtered, rowsOf, SIDES, type Side, SORTS } from "./holdings";

const LIST_BELOW = 768; // px of window under which the table is a list
const SHOWN_FIRST = { key: "weight", down: true };

interface HoldingsProps {
  readonly found: Complete;
  readonly onLots: () => void;
}

/** What was held on the session, position by position. */
export function Holdings({ found, onLots }: HoldingsProps) {
  const all = useMemo(() => rowsOf(found), [found]);
  const end = roundEnd(all.flatMap((one) => [Math.abs(one.risk_contribution ?? 0), one.share ?? 0]));
  const width = useViewportSize().width || window.innerWidth;
  const [text, setText] = useTyped("q");
  const [heldSide, holdSide] = useAddress("side");
  const [heldOnly, holdOnly] = useAddress("only");
  const [heldOrder, holdOrder] = useAddress("sort");
  const [heldGroups, holdGroups] = useAddress("columns");
  const side: Side = SIDES.find((one) => one === heldSide) ?? "all";
  const findingsOnly = heldOnly === "findings";
  const order = readOrder(heldOrder, Object.keys(SORTS), SHOWN_FIRST);
  const groups = readGroups(heldGroups, groupsFor(width));
  const wanted = useDeferredValue(text);
  const rows = useMemo(
    () =>
      sorted(
        filtered(all, { text: wanted, side, findingsOnly }),
        SORTS[order.key] ?? (() => null),
        order.down,
      ),
    [all, wanted, side, findingsOnly, order.key, order.down],
  );
  const { portfolio, snapshot } = found;
  if (all.length === 0) return <Nothing found={found} onLots={onLots} />;
  const showAll = () => {
    setText("");
    holdSide(undefined);
    holdOnly(undefined);
  };
  const part = rows.length < all.length;
  const narrow = width < LIST_BELOW;
  return (
    <>
      <HoldingsTools
        found={found}
        rows={rows}
        text={text}
        onText={setText}
        side={side}
        onSide={(asked) => holdSide(asked === "all" ? undefined : asked)}
        findings={all.filter((one) => one.statuses.length > 0).length}
        findingsOnly={findingsOnly}
        onFindingsOnly={(asked) => holdOnly(asked ? "findings" : undefined)}
        order={narrow ? order : null}
        onOrder={(asked) => holdOrder(writeOrder(asked))}
        groups={narrow ? null : groups}
        onGroups={(asked) => holdGroups(writeGroups(asked))}
      />
      <p className="rp-quiet rp-small rp-counted" aria-live="polite">
        {part ? `${rows.length} of ${count(all.length, "position")}` : count(all.length, "position")} as of
        the close of {day(snapshot.snapshot_date)}; lots of a symbol are netted. Cash is{" "}
        {percent(snapshot.net_asset_value === 0 ? null : snapshot.cash_value / snapshot.net_asset_value)} of
        NAV.
      </p>
      {rows.length === 0 ? (
        <EmptyState
          title="No position is left by these filters"
          action={
            <Button variant="light" onClick={showAll}>
              Show all
            </Button>
          }
        >
          {count(all.length, "position")} are held.
        </EmptyState>
      ) : narrow ? (
        <HoldingCards rows={rows} end={end} currency={portfolio.currency} />
      ) : (
        <div className="rp-card rp-card-table">
          <HoldingsTable
            rows={rows}
            end={end}
            currency={portfolio.currency}
            caption={`Positions of ${portfolio.name} on ${day(snapshot.snapshot_date)}`}
            groups={groups}
            order={order}
            onOrder={(asked) => holdOrder(writeOrder(asked))}
            foot={part ? `Sum of ${rows.length} shown` : "Sum"}
          />
        </div>
      )}
    </>
  );
}

function Nothing({ found, onLots }: HoldingsProps) {
  return (
    <EmptyState
      title={`No positions were held on ${day(found.snapshot.snapshot_date)}`}
      action={<Button onClick={onLots}>Look at the lots</Button>}
    >
      Lots that begin later, or ended before, are not in this session.
    </EmptyState>
  );
}
