import { Button } from "@mantine/core";
import { IconAlertTriangle, IconDownload } from "@tabler/icons-react";
import { saveCsv } from "~/lib/csv";
import { count, number } from "~/lib/format";
import type { Kind } from "./kinds";
import { type Bad, byPlace, type Report } from "./report";

const SHOWN = 200; // cells that are listed on the page; the file has all that were told

interface BadRowsProps {
  readonly kind: Kind;
  readonly report: Report;
}

/** Every cell that cannot be used, by line, to mend the file by. */
export function BadRows({ kind, report }: BadRowsProps) {
  const { bad, badCount } = report;
  const place = kind.name === "scenarios" ? "Scenario" : "Line";
  const column = kind.name === "scenarios" ? "Key" : "Column";
  const groups = byPlace(bad.slice(0, SHOWN));
  const lines = byPlace(bad).length;
  const save = () =>
    saveCsv(
      `bad-rows-${kind.name}`,
      [place.toLowerCase(), column.toLowerCase(), "reason"],
      bad.map((one) => [one.place, one.column, one.reason]),
    );
  return (
    <div className="rp-bad">
      <div className="rp-card-head">
        <h3 className="rp-more">
          <IconAlertTriangle size={17} aria-hidden className="rp-inline" /> {count(badCount, "fault")} on{" "}
          {badCount > bad.length ? "many" : number(lines)}{" "}
          {lines === 1 ? place.toLowerCase() : `${place.toLowerCase()}s`}: nothing can be imported yet
        </h3>
        <Button variant="default" size="xs" leftSection={<IconDownload size={14} />} onClick={save}>
          Bad rows as CSV
        </Button>
      </div>
      <section
        className="rp-bad-list"
        aria-label="Bad rows"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
      >
        <table className="rp-table">
          <caption className="rp-visually-hidden">
            Cells that cannot be used, by {place.toLowerCase()}
          </caption>
          <thead>
            <tr>
              <th scope="col">{place}</th>
              <th scope="col">{column}</th>
              <th scope="col">Reason</th>
            </tr>
          </thead>
          {groups.map(([where, cells]) => (
            <Group key={where} where={where} cells={cells} />
          ))}
        </table>
      </section>
      <p className="rp-quiet rp-small">
        {bad.length > SHOWN && `The first ${SHOWN} are shown. `}
        {badCount > bad.length && `The server tells the first ${number(bad.length)}. `}
        Mend the file and drop it above: it is checked again.
      </p>
    </div>
  );
}

function Group({ where, cells }: { readonly where: string; readonly cells: readonly Bad[] }) {
  return (
    <tbody>
      {cells.map((cell, at) => (
        <tr key={`${cell.column} ${cell.reason}`}>
          {at === 0 && (
            <th scope="rowgroup" rowSpan={cells.length} className="rp-strong">
              {where}
            </th>
          )}
          <td>
            {cell.column === "" ? <span className="rp-quiet">the whole</span> : <code>{cell.column}</code>}
          </td>
          <td>{cell.reason}</td>
        </tr>
      ))}
    </tbody>
  );
}
