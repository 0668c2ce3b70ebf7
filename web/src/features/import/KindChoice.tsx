import { Radio } from "@mantine/core";
import { KIND_NAMES, KINDS, type KindName } from "./kinds";

interface KindChoiceProps {
  readonly value: KindName;
  readonly onChange: (name: KindName) => void;
  /** Instruments are shared, so only administrators import them. */
  readonly admin: boolean;
}

export function KindChoice({ value, onChange, admin }: KindChoiceProps) {
  const shown = KIND_NAMES.filter((name) => admin || name !== "instruments");
  return (
    <Radio.Group
      aria-label="What the file holds"
      value={value}
      onChange={(name) => onChange(name as KindName)}
    >
      <div className="rp-kinds">
        {shown.map((name) => (
          <Radio.Card key={name} value={name} className="rp-kind" aria-label={KINDS[name].label}>
            <Radio.Indicator size="xs" />
            <span>
              <span className="rp-strong">{KINDS[name].label}</span>
              <span className="rp-under rp-calm">{KINDS[name].about}</span>
            </span>
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  );
}
