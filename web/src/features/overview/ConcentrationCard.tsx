import { Tooltip } from "@mantine/core";
import type { Complete } from "~/api/queries";
import { Bars } from "~/charts/Bars";
import { Scale } from "~/charts/Scale";
import { count, money, number, percent } from "~/lib/format";
import { onlyCash, toneOf } from "~/lib/words";
import { Card } from "~/ui/Card";
import { ShortMoney, Value } from "~/ui/Missing";
import { TableBehind } from "~/ui/TableBehind";
import { Joined } from "./Joined";
import { concentrationTold } from "./sentences";

const MOST = 4_000; // points to which the scale is drawn, unless the portfolio is beyond
const SLICES = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7c8794", "#b3a125"];
const DARK = "#0072b2"; // the one slice on which white is legible, and black is not

export function ConcentrationCard({ found }: { readonly found: Complete }) {
  if (onlyCash(found)) return null;
  const { snapshot, data_quality } = found;
  const hhi = snapshot.hhi;
  const { level, sentence } = concentrationTold(found);
  return (
    <Card
      title="Concentration"
      about="Herfindahl index: the sum of squared shares of gross exposure, in points; 10,000 is a single position, 10,000 / n is n equal ones."
      method="hhi"
      coverage={snapshot.concentration_coverage}
      asOf={snapshot.snapshot_date}
      headline={
        <Value
          value={snapshot.effective_num_positions}
          format={(value) => number(value, 1)}
          reason={data_quality.missing.hhi}
        />
      }
      level={level}
      tone={toneOf(level)}
      aside={hhi === null ? null : `HHI ${number(hhi)}`}
      sentence={sentence}
      facts={<Facts found={found} />}
    >
      {hhi !== null && (
        <>
          <div className="rp-legend">
            <span>shares of gross exposure</span>
            <Behind found={found} />
          </div>
          <Slices found={found} />
          <Largest found={found} />
          <Scale
            min={0}
            max={Math.max(MOST, hhi)}
            value={hhi}
            bands={[
              { from: 0, to: 1_000, label: "well diversified" },
              { from: 1_000, to: 1_500, label: "moderately concentrated" },
              { from: 1_500, to: 2_500, label: "concentrated" },
              { from: 2_500, to: Math.max(MOST, hhi), label: "highly concentrated" },
            ]}
            ticks={[1_000, 1_500, 2_500].map((at) => ({ at, label: number(at) }))}
            label={`HHI of ${number(hhi)} points, ${level}; concentrated is above 1,500, highly concentrated above 2,500`}
          />
        </>
      )}
    </Card>
  );
}

function Slices({ found }: { readonly found: Complete }) {
  const held = (found.holdings ?? []).filter((one) => one.share !== null && one.share > 0);
  const shown = held.slice(0, 10);
  const rest = held.slice(10).reduce((sum, one) => sum + (one.share ?? 0), 0);
  const parts = [
    ...shown.map((one) => ({ name: one.symbol, share: one.share ?? 0 })),
    ...(rest > 0 ? [{ name: count(held.length - shown.length, "other"), share: rest }] : []),
  ];
  return (
    <div
      className="rp-slices"
      role="img"
      aria-label={`Shares of gross exposure: ${parts.map((one) => `${one.name} ${percent(one.share)}`).join(", ")}`}
    >
      {parts.map((one, at) => (
        <Tooltip key={one.name} label={`${one.name}: ${percent(one.share)} of gross exposure`}>
          <span
            className="rp-slice"
            style={{
              flexGrow: one.share,
              background: at < 10 ? SLICES[at % SLICES.length] : "var(--rp-track)",
            }}
            data-rest={at >= 10}
            data-dark={at < 10 && SLICES[at % SLICES.length] === DARK}
          >
            <span className="rp-slice-name">{one.name}</span>
          </span>
        </Tooltip>
      ))}
    </div>
  );
}

function Largest({ found }: { readonly found: Complete }) {
  const held = (found.holdings ?? []).filter((one) => one.share !== null).slice(0, 10);
  return (
    <Bars
      caption="The ten largest positions by share of gross exposure"
      heads={["Position", "Picture", "Of gross", "Value"]}
      rows={held.map((one) => ({
        name: one.symbol,
        label: (
          <>
            {one.symbol} <span className="rp-quiet rp-name">{one.name ?? ""}</span>
          </>
        ),
        value: one.share,
        tone: "calm" as const,
        cells: [
          percent(one.share),
          <ShortMoney key="value" value={one.value} currency={found.portfolio.currency} />,
        ],
      }))}
    />
  );
}

function Behind({ found }: { readonly found: Complete }) {
  const { currency } = found.portfolio;
  return (
    <TableBehind
      title="Positions by share of gross exposure"
      name="concentration"
      heads={["Position", "Of gross", "Value"]}
      rows={(found.holdings ?? []).map((one) => [one.symbol, one.share, one.value])}
      show={(cell, at) => {
        if (at === 0) return String(cell);
        const value = cell as number | null;
        return at === 1 ? percent(value) : money(value, currency);
      }}
    />
  );
}

function Facts({ found }: { readonly found: Complete }) {
  const { snapshot } = found;
  const told = (top: number, share: number | null, positions: readonly { symbol: string }[] | null) =>
    share !== null &&
    `top ${top}: ${percent(share)} of gross (${(positions ?? []).map((one) => one.symbol).join(", ")})`;
  return (
    <Joined
      facts={[
        told(3, snapshot.top_3_concentration, snapshot.top_3_positions),
        told(10, snapshot.top_10_concentration, snapshot.top_10_positions),
        snapshot.hhi !== null && "lots of a symbol are netted",
      ]}
    />
  );
}
