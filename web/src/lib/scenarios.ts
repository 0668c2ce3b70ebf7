/** What scenarios are called where people read. */

const REPLAYS: Readonly<Record<string, string>> = {
  crisis_2008: "2008-09 crisis",
  covid_2020: "Covid 2020",
  drawdown_2022: "2022 drawdown",
};
const BUILT_IN = /^(.+)_(up|down)_(\d+)$/;

export function scenarioName(name: string): string {
  const replay = REPLAYS[name];
  if (replay !== undefined) return replay;
  const parts = BUILT_IN.exec(name);
  if (parts === null) return name;
  const [, what = "", way, size] = parts;
  const words = what.replaceAll("_", " ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} ${way === "up" ? "+" : "−"}${size}\u202f%`;
}
