import { Autocomplete, Checkbox, SegmentedControl, TextInput } from "@mantine/core";
import { useState } from "react";
import { usePortfolios } from "~/api/usePortfolios";
import type { Kind } from "./kinds";
import type { Options } from "./report";

interface OptionFieldsProps {
  readonly kind: Kind;
  readonly options: Options;
  readonly onOptions: (options: Options) => void;
  /** Whether the file says itself which portfolio a row is of. */
  readonly named: boolean;
  readonly faults: Readonly<Record<string, string>>;
}

/** What the file does not say itself. */
export function OptionFields({ kind, options, onOptions, named, faults }: OptionFieldsProps) {
  const [choosing, setChoosing] = useState(false);
  const { known } = usePortfolios(choosing ? "all" : "first");
  const set = (change: Partial<Options>) => onOptions({ ...options, ...change });
  if (kind.name !== "positions" && kind.name !== "scenarios") return null;
  const what = kind.name === "positions" ? "lots" : "scenarios";
  return (
    <div className="rp-options">
      {kind.name === "positions" && (
        <>
          {named ? (
            <div className="rp-option-note">
              <div className="rp-strong">Portfolio</div>
              <div className="rp-quiet rp-small">The file has a column of it.</div>
            </div>
          ) : (
            <Autocomplete
              label="Portfolio"
              description="One of yours, or a new name"
              required
              data={[...new Set(known.map((one) => one.name))]}
              value={options.portfolio}
              onChange={(portfolio) => set({ portfolio })}
              onFocus={() => setChoosing(true)}
              error={faults.portfolio}
              limit={20}
            />
          )}
          <Balance options={options} set={set} faults={faults} />
          <TextInput
            label="Market index"
            description="Empty: as it is, or SPY when new"
            placeholder="SPY"
            value={options.marketIndex}
            onChange={(event) => set({ marketIndex: event.currentTarget.value })}
            error={faults.market_index}
          />
        </>
      )}
      <Checkbox
        className="rp-option-wide"
        label={`Remove stored ${what} that the file lacks`}
        description="Otherwise they are kept, and counted in the preview."
        checked={options.replace}
        onChange={(event) => set({ replace: event.currentTarget.checked })}
      />
    </div>
  );
}

interface BalanceProps {
  readonly options: Options;
  readonly set: (change: Partial<Options>) => void;
  readonly faults: Readonly<Record<string, string>>;
}

function Balance({ options, set, faults }: BalanceProps) {
  const label = options.balance === "equity" ? "Cash and positions together" : "Cash";
  return (
    <div>
      <div className="rp-strong rp-option-label" id="balance">
        Cash
      </div>
      <div className="rp-quiet rp-option-about">A sum, or from the whole account</div>
      <div className="rp-balance">
        <SegmentedControl
          aria-labelledby="balance"
          value={options.balance}
          onChange={(value) => set({ balance: value as Options["balance"] })}
          data={[
            { value: "none", label: "As it is" },
            { value: "cash", label: "Cash" },
            { value: "equity", label: "Equity" },
          ]}
        />
        {options.balance !== "none" && (
          <TextInput
            aria-label={label}
            placeholder={label}
            inputMode="decimal"
            value={options.amount}
            onChange={(event) => set({ amount: event.currentTarget.value })}
            error={faults.cash ?? faults.equity}
          />
        )}
      </div>
    </div>
  );
}
