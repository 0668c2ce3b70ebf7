import { Tooltip } from "@mantine/core";
import type { Complete } from "~/api/queries";
import { Bars } from "~/charts/Bars";
import { Scale } from "~/charts/Scale";
import { listed, moneyCompact, number, percent } from "~/lib/format";
import { concentrationLevel, toneOf } from "~/lib/words";
import { Card } from "~/ui/Card";
import { Missing } from "~/ui/Missing";

const MOST = 4_000; // points to which the scale is drawn, unless the portfolio is beyond
const SLICES = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7c8794", "#b3a125"];
const DARK = "#0072b2"; // the one slice on which white is legible, and black is not

export function ConcentrationCard({ found }: { readonly found: Complete }) {
  const { snapshot, data_quality } = found;
  const hhi = snapshot.hhi;
  const level = concentrationLevel(hhi);
  const effective = snapshot.effective_num_positions;
  return (
    <Card
      title="Concentration"
      about="Herfindahl index: the sum of squared shares of gross exposure, in points; 10,000 is a single position, 10,000 / n is n equal ones."
      method="hhi"
      asOf={snapshot.snapshot_date}
      headline={hhi === null ? <Missing reason={data_quality.missing.hhi} /> : number(hhi)}
      level={level}
      tone={toneOf(level)}
      aside="HHI points"
      sentence={
        effective === null ? "No positions are held." : `Acts like ${number(effective, 1)} equal positions.`
      }
      facts={<Facts found={found} />}
    >
      {hhi !== null && (
        <>
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
    ...(rest > 0 ? [{ name: `${held.length - shown.length} others`, share: rest }] : []),
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
            {one.share > 0.055 ? one.name : ""}
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
        cells: [percent(one.share), moneyCompact(one.value, found.portfolio.currency)],
      }))}
    />
  );
}

function Facts({ found }: { readonly found: Complete }) {
  const { snapshot } = found;
  const names = (positions: readonly { symbol: string }[] | null) =>
    listed(
      (positions ?? []).map((one) => one.symbol),
      10,
    );
  return (
    <>
      top 3 are {percent(snapshot.top_3_concentration)} ({names(snapshot.top_3_positions)}) · top 10 are{" "}
      {percent(snapshot.top_10_concentration)} · shares of gross exposure, lots of a symbol netted
    </>
  );
}
