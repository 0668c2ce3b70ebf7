import type { Family } from "./families";

interface LineTogglesProps {
  readonly family: Family;
  readonly hidden: ReadonlySet<string>;
  readonly onToggle: (key: string) => void;
}

/** The keys of a chart; where there are several lines, each is shown or hidden by its key. */
export function LineToggles({ family, hidden, onToggle }: LineTogglesProps) {
  if (family.kind === "bars") {
    return (
      <>
        <span className="rp-key rp-history-key" data-colour="less">
          gain
        </span>
        <span className="rp-key rp-history-key" data-colour="more">
          loss
        </span>
      </>
    );
  }
  if (family.lines.length === 1) {
    return (
      <span className="rp-key rp-history-key" data-colour={family.lines[0]?.colour}>
        {family.lines[0]?.name}
      </span>
    );
  }
  const shown = family.lines.filter((line) => !hidden.has(line.key));
  return family.lines.map((line) => (
    <button
      key={line.key}
      type="button"
      className="rp-plain rp-key rp-history-key rp-history-toggle"
      data-colour={line.colour}
      data-dashed={line.dashed ?? false}
      aria-pressed={!hidden.has(line.key)}
      aria-label={`${family.title}: ${line.name}`}
      disabled={shown.length === 1 && shown[0] === line}
      onClick={() => onToggle(line.key)}
    >
      {line.name}
    </button>
  ));
}
