interface SparklineProps {
  readonly values: readonly (number | null)[];
  readonly label: string;
  readonly width?: number;
  readonly height?: number;
}

/** A line without axes: the shape of some days. */
export function Sparkline({ values, label, width = 96, height = 28 }: SparklineProps) {
  const known = values.filter((value): value is number => value !== null);
  if (known.length < 2) return null;
  const low = Math.min(...known);
  const high = Math.max(...known);
  const x = (at: number) => 2 + (at / (values.length - 1)) * (width - 6);
  const y = (value: number) => height - 3 - ((value - low) / (high - low || 1)) * (height - 6);
  let path = "";
  values.forEach((value, at) => {
    if (value !== null)
      path += `${path === "" || values[at - 1] === null ? "M" : "L"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
  });
  const last = values.at(-1);
  return (
    <svg width={width} height={height} role="img" aria-label={label} className="rp-spark">
      <path d={path} fill="none" stroke="var(--rp-accent)" strokeWidth={1.5} strokeLinejoin="round" />
      {last !== null && last !== undefined && (
        <circle cx={x(values.length - 1)} cy={y(last)} r={2.2} fill="var(--rp-accent)" />
      )}
    </svg>
  );
}
