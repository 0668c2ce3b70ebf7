/** Groups of columns, which are shown or not. */

export const GROUPS = [
  { name: "price", label: "Quantity and price", from: 1360 },
  { name: "share", label: "Share of gross and of risk", from: 0 },
  { name: "beta", label: "Beta", from: 0 },
  { name: "volatility", label: "Volatility and its trend", from: 1200 },
  { name: "status", label: "Status", from: 900 },
] as const;

export type Group = (typeof GROUPS)[number]["name"];

/** The groups that have room in a window so wide. */
export function groupsFor(width: number): Group[] {
  return GROUPS.filter(({ from }) => width >= from).map(({ name }) => name);
}

/** The groups that the address names; "none" is none of them. */
export function readGroups(text: string | undefined, otherwise: readonly Group[]): readonly Group[] {
  if (text === undefined) return otherwise;
  const named = text.split(",");
  return GROUPS.map(({ name }) => name).filter((name) => named.includes(name));
}

export function writeGroups(groups: readonly Group[]): string {
  return groups.length === 0 ? "none" : groups.join(",");
}
