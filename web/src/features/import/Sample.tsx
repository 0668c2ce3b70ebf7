import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { saveBlob } from "~/lib/csv";
import type { Kind } from "./kinds";

/** How the file looks, by its columns and an example. */
export function Sample({ kind }: { readonly kind: Kind }) {
  const csv = kind.type === "text/csv";
  return (
    <aside className="rp-card rp-sample" aria-label="How the file looks">
      <h2>A file of {kind.label.toLowerCase()}</h2>
      <section
        className="rp-example"
        aria-label="An example"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
      >
        <pre>{kind.template}</pre>
      </section>
      <dl className="rp-format">
        {kind.columns.map(([name, meaning, absent]) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
              {absent !== "" && (
                <span className={absent === "required" ? "rp-strong rp-small" : "rp-quiet rp-small"}>
                  {absent === "required" ? absent : `else ${absent}`}
                </span>
              )}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      {csv && (
        <div className="rp-quiet rp-small">
          Separated by commas, semicolons or tabs; heads whatever their case; dates as{" "}
          <span className="rp-nowrap">2022-12-28</span>.
        </div>
      )}
    </aside>
  );
}

/** A file to begin with. */
export function TemplateButton({ kind }: { readonly kind: Kind }) {
  const ending = kind.endings[0] ?? ".csv";
  const save = () => saveBlob(`${kind.name}${ending}`, new Blob([kind.template], { type: kind.type }));
  return (
    <div>
      <Button variant="subtle" size="compact-sm" leftSection={<IconDownload size={14} />} onClick={save}>
        Template to fill in ({kind.name}
        {ending})
      </Button>
    </div>
  );
}
