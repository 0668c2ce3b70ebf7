import { Button, NumberInput, Slider } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import type { Complete } from "~/api/queries";
import { money, moneyCompact, number, percent } from "~/lib/format";
import { Card } from "~/ui/Card";
import { Missing } from "~/ui/Missing";
import { ErrorState } from "~/ui/States";
import { conditionOf, MOST, type Move, sentenceOf, typed } from "./move";
import { SectorMoves } from "./SectorMoves";
import type { Answer } from "./stressQuery";

export interface Answered {
  readonly move: Move;
  readonly answer: Answer;
}

interface MoveCardProps {
  readonly found: Complete;
  readonly move: Move;
  readonly onMove: (move: Move) => void;
  readonly given: Answered | undefined;
  readonly updating: boolean;
  readonly error: unknown;
  readonly onRetry: () => void;
  readonly onKeep: () => void;
}

const MARKS = [-35, -20, -10, 0, 10, 20].map((value) => ({ value, label: number(value, 0, true) }));

/** A move of the market by a slider, and what it would do. */
export function MoveCard(props: MoveCardProps) {
  const { found, move, onMove, given, updating, error } = props;
  const currency = found.portfolio.currency;
  const pnl = given?.answer.pnl ?? null;
  const share = given?.answer.pnl_pct ?? null;
  const tone = pnl === null || pnl === 0 ? "calm" : pnl < 0 ? "more" : "less";
  return (
    <Card
      title="Try a move"
      about="Each position moves by its beta times the market's move, or by its sector's own move where you set one."
      method="stress_test_results"
      asOf={found.snapshot.snapshot_date}
      coverage={given?.answer.coverage ?? null}
      headline={
        given === undefined ? "\u00a0" : <Headline pnl={pnl} currency={currency} dim={updating} tone={tone} />
      }
      level={given === undefined || share === null ? null : `${percent(share, 1, true)} of NAV`}
      tone={tone}
      sentence={
        <span aria-live="polite" aria-busy={updating}>
          {given === undefined ? "\u00a0" : sentenceOf(given.move, pnl, share, currency)}
        </span>
      }
      facts="Linear: twice the move is twice the P&L, and betas stay as they are. In a crisis betas tend to move towards 1."
    >
      {given?.answer.changed_since && (
        <p className="rp-sentence rp-more">
          ! Positions or prices have changed since this session was computed: a run is due.
        </p>
      )}
      {error !== null && <ErrorState error={error} retry={props.onRetry} />}
      <MarketMove value={move.market} onChange={(market) => onMove({ ...move, market })} />
      <SectorMoves
        found={found}
        sectors={move.sectors}
        onChange={(sectors) => onMove({ ...move, sectors })}
      />
      <div className="rp-no-print">
        <Button
          size="xs"
          variant="subtle"
          leftSection={<IconPlus size={14} aria-hidden />}
          disabled={conditionOf(move) === null}
          onClick={props.onKeep}
        >
          Keep as a scenario
        </Button>
      </div>
    </Card>
  );
}

interface HeadlineProps {
  readonly pnl: number | null;
  readonly currency: string;
  readonly dim: boolean;
  readonly tone: string;
}

function Headline({ pnl, currency, dim, tone }: HeadlineProps) {
  if (pnl === null) return <Missing reason="uncovered" />;
  return (
    <span className={`rp-stress-answer rp-${tone}`} data-dim={dim} title={money(pnl, currency, true)}>
      {pnl < 0 ? "▼ " : pnl > 0 ? "▲ " : ""}
      {moneyCompact(pnl, currency, true)}
    </span>
  );
}

interface MarketMoveProps {
  readonly value: number;
  readonly onChange: (market: number) => void;
}

function MarketMove({ value, onChange }: MarketMoveProps) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows move the slider here, not the session of the page
    <div className="rp-stress-market" onKeyDown={(event) => event.stopPropagation()}>
      <NumberInput
        label="The market moves"
        size="xs"
        value={value}
        min={-MOST}
        max={MOST}
        step={1}
        decimalScale={1}
        suffix=" %"
        clampBehavior="blur"
        onChange={(next) => {
          const read = typed(next, MOST);
          if (read !== null) onChange(read);
        }}
      />
      <Slider
        className="rp-stress-slider"
        value={value}
        onChange={onChange}
        min={-MOST}
        max={MOST}
        step={1}
        startPointValue={0}
        marks={MARKS}
        label={(at) => percent(at / 100, 0, true)}
        thumbLabel="Move of the market"
        thumbValueText={(at) => percent(at / 100, 0, true)}
        color={value < 0 ? "var(--rp-more)" : "var(--rp-less)"}
      />
    </div>
  );
}
