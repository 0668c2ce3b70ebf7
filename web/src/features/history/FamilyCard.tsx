import { type RefObject, useCallback, useMemo } from "react";
import { EChart, type Palette } from "~/charts/EChart";
import { day } from "~/lib/format";
import { Card } from "~/ui/Card";
import { Missing } from "~/ui/Missing";
import { PictureMenu } from "~/ui/PictureMenu";
import { TableBehind } from "~/ui/TableBehind";
import { chartOption, type MarkedDay, type ZoomWindow } from "./chartOption";
import type { Family, SeriesLine } from "./families";
import { LineToggles } from "./LineToggles";
import type { Point } from "./seriesQuery";

interface FamilyCardProps {
  readonly family: Family;
  readonly points: readonly Point[];
  readonly currency: string;
  readonly marks: readonly MarkedDay[];
  readonly window: RefObject<ZoomWindow | null>;
  /** Why numbers of the last session are not known, by their name. */
  readonly reasons: Readonly<Record<string, string>>;
  readonly hidden: ReadonlySet<string>;
  readonly onToggle: (key: string) => void;
  readonly span: number;
}

/** One family of numbers over the chosen sessions. */
export function FamilyCard(props: FamilyCardProps) {
  const { family, points, currency, marks, window, reasons, hidden, onToggle, span } = props;
  const lines = family.lines.filter((line) => !hidden.has(line.key));
  const format = useCallback((value: number) => family.format(value, currency), [family, currency]);
  const last = points.at(-1);
  const main = lines[0] ?? family.lines[0];
  const now = last && main ? last[main.key] : null;
  const first = main && points.find((point) => point[main.key] !== null);
  const title = `${family.title}, ${day(points[0]?.snapshot_date)} to ${day(last?.snapshot_date)}`;
  const table = {
    heads: ["Session", ...family.lines.map((line) => line.name)],
    rows: points.map((point) => [point.snapshot_date, ...family.lines.map((line) => point[line.key])]),
  };
  return (
    <Card
      title={family.title}
      about={family.about}
      method={family.method}
      span={span}
      {...(last ? { asOf: last.snapshot_date } : {})}
      headline={
        now === null || now === undefined ? <Missing reason={main && reasons[main.key]} /> : format(now)
      }
      aside={main && first && last && <Since first={first} last={last} line={main} family={family} />}
      sentence={family.sentence(points, currency)}
    >
      <div className="rp-legend">
        <LineToggles family={family} hidden={hidden} onToggle={onToggle} />
        <span>
          <TableBehind
            title={title}
            name={`history-${family.id}`}
            {...table}
            show={(cell, at) => (at === 0 ? day(String(cell)) : cell === null ? "—" : format(Number(cell)))}
          />
          <PictureMenu name={`history-${family.id}`} title={title} keys={keysOf(family, lines)} {...table} />
        </span>
      </div>
      <FamilyChart
        family={family}
        points={points}
        lines={lines}
        marks={marks}
        window={window}
        currency={currency}
        label={title}
      />
    </Card>
  );
}

function keysOf(family: Family, lines: readonly SeriesLine[]) {
  if (family.kind === "lines") return lines.map(({ name, colour }) => ({ name, colour: `--rp-${colour}` }));
  return [
    { name: "gain", colour: "--rp-less" },
    { name: "loss", colour: "--rp-more" },
  ];
}

interface SinceProps {
  readonly first: Point;
  readonly last: Point;
  readonly line: SeriesLine;
  readonly family: Family;
}

/** How far the number has come over the chosen sessions, where it has a level to come from. */
function Since({ first, last, line, family }: SinceProps) {
  if (family.change === undefined) return <>on the last session</>;
  const [then, now] = [first[line.key], last[line.key]];
  if (then === null || now === null || first === last) return null;
  return (
    <>
      {family.lines.length > 1 && `${line.name.toLowerCase()}, `}
      {family.change(then, now)} since {day(first.snapshot_date)}
    </>
  );
}

interface ChartProps {
  readonly family: Family;
  readonly points: readonly Point[];
  readonly lines: readonly SeriesLine[];
  readonly marks: readonly MarkedDay[];
  readonly window: RefObject<ZoomWindow | null>;
  readonly currency: string;
  readonly label: string;
}

function FamilyChart({ family, points, lines, marks, window, currency, label }: ChartProps) {
  const zoom = family.id === "value";
  const shownKeys = lines.map((line) => line.key).join();
  const parts = useMemo(
    () => ({
      name: `history-${family.id}`,
      kind: family.kind,
      days: points.map((point) => point.snapshot_date),
      lines: family.lines
        .filter((line) => shownKeys.split(",").includes(line.key))
        .map((line) => ({ ...line, values: points.map((point) => point[line.key]) })),
      marks,
      levels: family.levels ?? [],
      format: (value: number) => family.format(value, currency),
      axis: (value: number, step: number) => family.axis(value, step, currency),
      zoom,
    }),
    [family, points, shownKeys, marks, currency, zoom],
  );
  const option = useCallback(
    (palette: Palette) => chartOption(palette, parts, window.current),
    [parts, window],
  );
  return (
    <div className="rp-history-chart">
      <EChart
        option={option}
        height={zoom ? 260 : 190}
        name={parts.name}
        label={`${label}. ${family.sentence(points, currency)}`}
      />
    </div>
  );
}
