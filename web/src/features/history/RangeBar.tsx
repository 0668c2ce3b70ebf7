import { Button, Chip, Group, TextInput } from "@mantine/core";
import { monthsBefore } from "~/lib/days";
import { FAMILIES } from "./families";
import { quickOf, RANGES } from "./range";

interface RangeBarProps {
  readonly range: { readonly from: string; readonly to: string };
  readonly oldest: string | undefined;
  readonly newest: string;
  /** undefined is the default: a year up to the newest session. */
  readonly onRange: (from: string | undefined, to: string | undefined) => void;
  readonly families: readonly string[];
  readonly onFamilies: (ids: readonly string[]) => void;
}

/** Which sessions the charts show, and which charts there are. */
export function RangeBar({ range, oldest, newest, onRange, families, onFamilies }: RangeBarProps) {
  const all = oldest !== undefined && range.from <= oldest && range.to >= newest;
  const chosen = quickOf(range, newest) ?? (all ? "All" : null);
  const quick = [
    ...RANGES.map(({ label, months, told }) => ({
      label,
      told: `The last ${told}`,
      go: () => onRange(months === 12 ? undefined : monthsBefore(newest, months), undefined),
    })),
    { label: "All", told: "Every stored session", go: () => onRange(oldest, newest) },
  ];
  return (
    <div className="rp-history-bar rp-no-print">
      <Group gap={4} wrap="nowrap" role="group" aria-label="Range">
        {quick.map(({ label, told, go }) => (
          <Button
            key={label}
            size="xs"
            variant={label === chosen ? "light" : "subtle"}
            color={label === chosen ? "indigo" : "slate"}
            aria-pressed={label === chosen}
            aria-label={told}
            onClick={go}
          >
            {label}
          </Button>
        ))}
      </Group>
      <DateInput
        label="From"
        value={range.from}
        min={oldest}
        max={range.to}
        onChange={(from) => onRange(from, range.to === newest ? undefined : range.to)}
      />
      <DateInput
        label="To"
        value={range.to}
        min={range.from}
        max={newest}
        onChange={(to) => onRange(range.from, to === newest ? undefined : to)}
      />
      <Chip.Group multiple value={[...families]} onChange={onFamilies}>
        <Group gap={6} role="group" aria-label="Charts" className="rp-history-chips">
          {FAMILIES.map(({ id, title }) => (
            <Chip key={id} value={id} size="xs" variant="outline">
              {title}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </div>
  );
}

interface DateInputProps {
  readonly label: string;
  readonly value: string;
  readonly min: string | undefined;
  readonly max: string;
  readonly onChange: (day: string) => void;
}

function DateInput({ label, value, min, max, onChange }: DateInputProps) {
  return (
    <TextInput
      type="date"
      size="xs"
      className="rp-history-date"
      label={label}
      value={value}
      min={min}
      max={max}
      onChange={(event) => {
        if (event.currentTarget.value !== "") onChange(event.currentTarget.value);
      }}
    />
  );
}
