/** CSV in the browser, by the rules of the server's exports: plain numbers, no formulas. */

const FORMULA = /^[=+\-@\t\r\n]/;

export function csvCell(cell: string | number | boolean | null): string {
  if (cell === null) return "";
  if (typeof cell !== "string") return String(cell);
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toCsv(
  heads: readonly string[],
  rows: readonly (readonly (string | number | boolean | null)[])[],
): string {
  return `${[heads, ...rows].map((row) => row.map(csvCell).join(",")).join("\n")}\n`;
}

/** Let the browser keep rows as a file. */
export function saveCsv(
  name: string,
  heads: readonly string[],
  rows: readonly (readonly (string | number | boolean | null)[])[],
): void {
  saveBlob(`${name}.csv`, new Blob([toCsv(heads, rows)], { type: "text/csv" }));
}

const KEPT = 60_000; // milliseconds in which a browser has begun to save

export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT);
}
