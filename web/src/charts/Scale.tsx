import { clampShare } from "./shares";

interface Band {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

interface ScaleProps {
  readonly min: number;
  readonly max: number;
  readonly value: number | null;
  readonly interval?: readonly [number, number] | null;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  readonly bands?: readonly Band[];
  /** What a screen reader is told in place of the picture. */
  readonly label: string;
}

/** A quiet scale with marks, an interval, and where the number stands on it. */
export function Scale({ min, max, value, interval, ticks, bands = [], label }: ScaleProps) {
  const at = (x: number) => `${clampShare((x - min) / (max - min)) * 100}%`;
  return (
    <div className="rp-scale" role="img" aria-label={label}>
      <div className="rp-scale-track">
        {bands.map((band, index) => (
          <span
            key={band.label}
            className="rp-scale-band"
            data-even={index % 2 === 0}
            style={{ left: at(band.from), right: `calc(100% - ${at(band.to)})` }}
          />
        ))}
        {interval && (
          <span
            className="rp-scale-interval"
            style={{ left: at(interval[0]), right: `calc(100% - ${at(interval[1])})` }}
          />
        )}
        {ticks.map((tick) => (
          <span key={tick.label} className="rp-scale-tick" style={{ left: at(tick.at) }} />
        ))}
        {value !== null && <span className="rp-scale-dot" style={{ left: at(value) }} />}
      </div>
      <div className="rp-scale-labels">
        {ticks.map((tick) => (
          <span
            key={tick.label}
            style={{ left: at(tick.at) }}
            data-edge={edgeOf((tick.at - min) / (max - min))}
          >
            {tick.label}
          </span>
        ))}
      </div>
    </div>
  );
}

function edgeOf(share: number): "left" | "right" | "middle" {
  if (share < 0.04) return "left";
  return share > 0.96 ? "right" : "middle";
}
