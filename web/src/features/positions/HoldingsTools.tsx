import { Button, Checkbox, Menu, SegmentedControl } from "@mantine/core";
import { IconChevronDown, IconColumns3, IconDownload } from "@tabler/icons-react";
import type { Complete } from "~/api/queries";
import { saveCsv } from "~/lib/csv";
import type { Order } from "~/lib/sorting";
import { FindField } from "~/ui/FindField";
import { SortChoice } from "~/ui/SortChoice";
import { GROUPS, type Group } from "./columns";
import { FILE_HEADS, fileRow, type Row, type Side } from "./holdings";

interface HoldingsToolsProps {
  readonly found: Complete;
  readonly rows: readonly Row[];
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly side: Side;
  readonly onSide: (side: Side) => void;
  /** How many positions have one. */
  readonly findings: number;
  readonly findingsOnly: boolean;
  readonly onFindingsOnly: (only: boolean) => void;
  /** Null where the heads of a table sort. */
  readonly order: Order | null;
  readonly onOrder: (order: Order) => void;
  /** Null where there are no columns. */
  readonly groups: readonly Group[] | null;
  readonly onGroups: (groups: readonly Group[]) => void;
}

export function HoldingsTools(props: HoldingsToolsProps) {
  const { found, rows, text, onText, side, onSide, findings, findingsOnly, onFindingsOnly } = props;
  const shorts = (found.holdings ?? []).some((one) => one.quantity < 0);
  return (
    <div className="rp-tools rp-no-print">
      <FindField
        placeholder="Symbol, name or sector"
        label="Filter by symbol, name or sector"
        value={text}
        onChange={onText}
      />
      {(shorts || side !== "all") && (
        <SegmentedControl
          aria-label="Side"
          value={side}
          onChange={(value) => onSide(value as Side)}
          data={[
            { value: "all", label: "All" },
            { value: "long", label: "Long" },
            { value: "short", label: "Short" },
          ]}
        />
      )}
      {(findings > 0 || findingsOnly) && (
        <Checkbox
          label={`With a finding (${findings})`}
          checked={findingsOnly}
          onChange={(event) => onFindingsOnly(event.currentTarget.checked)}
        />
      )}
      {props.order && <SortChoice choices={ORDERS} order={props.order} onOrder={props.onOrder} />}
      <div className="rp-tools-end">
        {props.groups && <ColumnsMenu groups={props.groups} onGroups={props.onGroups} />}
        <ExportMenu found={found} rows={rows} />
      </div>
    </div>
  );
}

interface ExportMenuProps {
  readonly found: Complete;
  readonly rows: readonly Row[];
}

function ExportMenu({ found, rows }: ExportMenuProps) {
  const { portfolio, snapshot } = found;
  const date = snapshot.snapshot_date;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconDownload size={16} />}
          rightSection={<IconChevronDown size={14} />}
        >
          CSV
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          disabled={rows.length === 0}
          onClick={() => saveCsv(`positions-${portfolio.id}-${date}`, FILE_HEADS, rows.map(fileRow))}
        >
          What is shown ({rows.length})
        </Menu.Item>
        <Menu.Item
          component="a"
          href={`/api/v1/portfolios/${portfolio.id}/exports/holdings?date=${date}`}
          download
        >
          Every column of this session
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

interface ColumnsMenuProps {
  readonly groups: readonly Group[];
  readonly onGroups: (groups: readonly Group[]) => void;
}

function ColumnsMenu({ groups, onGroups }: ColumnsMenuProps) {
  const toggle = (name: Group) =>
    onGroups(groups.includes(name) ? groups.filter((one) => one !== name) : [...groups, name]);
  return (
    <Menu position="bottom-end" closeOnItemClick={false}>
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconColumns3 size={16} />}
          rightSection={<IconChevronDown size={14} />}
        >
          Columns
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {GROUPS.map(({ name, label }) => (
          <Menu.Item
            key={name}
            role="menuitemcheckbox"
            aria-checked={groups.includes(name)}
            leftSection={<span aria-hidden>{groups.includes(name) ? "✓" : "\u2007"}</span>}
            onClick={() => toggle(name)}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

const ORDERS = [
  { value: "-weight", label: "Weight, largest first" },
  { value: "weight", label: "Weight, smallest first" },
  { value: "symbol", label: "Symbol" },
  { value: "sector", label: "Sector" },
  { value: "-risk", label: "Share of risk" },
  { value: "-beta", label: "Beta, highest first" },
  { value: "beta", label: "Beta, lowest first" },
  { value: "-expected", label: "Expected volatility" },
  { value: "-status", label: "Findings" },
];
