import { Button, Collapse, NumberInput } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import type { Complete } from "~/api/queries";
import { count, percent } from "~/lib/format";
import { GICS_SECTORS, typed } from "./move";

interface SectorMovesProps {
  readonly found: Complete;
  readonly sectors: Readonly<Record<string, number>>;
  readonly onChange: (sectors: Readonly<Record<string, number>>) => void;
}

const ROOM = "(min-width: 1000px)"; // where the sectors have a place beside the positions

/** Moves of single sectors; folded away where there is little room, until they are wanted. */
export function SectorMoves({ found, sectors, onChange }: SectorMovesProps) {
  const set = Object.keys(sectors).length;
  const [open, setOpen] = useState(() => set > 0 || window.matchMedia(ROOM).matches);
  return (
    <div className="rp-no-print">
      <Button
        size="compact-sm"
        variant="subtle"
        color="slate"
        leftSection={
          open ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />
        }
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        Sectors on their own{set > 0 ? ` (${count(set, "move")} set)` : ""}
      </Button>
      {set > 0 && (
        <Button size="compact-sm" variant="subtle" onClick={() => onChange({})}>
          Clear
        </Button>
      )}
      <Collapse expanded={open}>
        <p className="rp-quiet rp-small rp-stress-hint">
          A sector with a number moves by that, in place of beta times the market’s move.
        </p>
        <SectorInputs found={found} sectors={sectors} onChange={onChange} />
      </Collapse>
    </div>
  );
}

export function SectorInputs({ found, sectors, onChange }: SectorMovesProps) {
  const exposure = found.snapshot.sector_exposure ?? {};
  const held = (sector: string) => exposure[sector]?.gross ?? 0;
  const ordered = [...GICS_SECTORS].sort((a, b) => held(b) - held(a));
  const change = (sector: string, value: number | null) => {
    const { [sector]: _, ...rest } = sectors;
    onChange(value === null ? rest : { ...rest, [sector]: value });
  };
  return (
    <div className="rp-stress-sectors">
      {ordered.map((sector) => (
        <NumberInput
          key={sector}
          size="xs"
          label={
            <>
              <span className="rp-stress-sector">{sector}</span>{" "}
              <span className="rp-quiet">{percent(exposure[sector]?.portfolio)}</span>
            </>
          }
          aria-label={`Move of ${sector} in per cent`}
          placeholder="by beta"
          value={sectors[sector] ?? ""}
          min={-100}
          max={100}
          step={1}
          decimalScale={1}
          suffix=" %"
          clampBehavior="blur"
          onChange={(next) => change(sector, typed(next, 100))}
        />
      ))}
    </div>
  );
}
