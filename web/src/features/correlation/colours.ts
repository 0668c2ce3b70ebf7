/** A diverging scale: blue offsets, orange moves as one; the middle is the quiet of the scheme. */

type Rgb = readonly [number, number, number];

interface Scale {
  readonly below: Rgb;
  readonly middle: Rgb;
  readonly above: Rgb;
}

const SCALES: Readonly<Record<"light" | "dark", Scale>> = {
  light: { below: [29, 95, 184], middle: [255, 255, 255], above: [198, 92, 10] },
  dark: { below: [96, 165, 250], middle: [30, 42, 64], above: [251, 158, 66] },
};
const INKS: readonly Rgb[] = [
  [0, 0, 0],
  [255, 255, 255],
];

export interface Paint {
  readonly background: string;
  readonly ink: string;
}

/** Ground and ink of a coefficient; of black and white the one that reads better, always at least 4.5 to 1. */
export function paintOf(value: number, scheme: "light" | "dark"): Paint {
  const ground = groundOf(value, scheme);
  const [dark, light] = INKS;
  const ink = dark && light && contrast(dark, ground) >= contrast(light, ground) ? dark : light;
  return { background: css(ground), ink: css(ink ?? [0, 0, 0]) };
}

export function groundOf(value: number, scheme: "light" | "dark"): Rgb {
  const { below, middle, above } = SCALES[scheme];
  const share = Math.min(1, Math.abs(value));
  const end = value < 0 ? below : above;
  const mix = (at: 0 | 1 | 2) => Math.round(middle[at] + (end[at] - middle[at]) * share);
  return [mix(0), mix(1), mix(2)];
}

function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

/** Contrast of two colours as WCAG has it, 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}
