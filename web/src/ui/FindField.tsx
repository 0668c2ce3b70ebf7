import { TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";

interface FindFieldProps {
  readonly placeholder: string;
  /** What a screen reader is told, where the placeholder is too short for it. */
  readonly label?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A field that narrows what stands below it. */
export function FindField({ placeholder, label = placeholder, value, onChange }: FindFieldProps) {
  return (
    <TextInput
      leftSection={<IconSearch size={16} stroke={1.7} aria-hidden />}
      placeholder={placeholder}
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      className="rp-find"
    />
  );
}
