import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDownload, IconTable } from "@tabler/icons-react";
import { saveCsv } from "~/lib/csv";
import { scrollHint } from "~/ui/scrollHint";
import { Dialog } from "./Dialog";

interface TableBehindProps {
  readonly title: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** How a cell is shown; in the file it is plain. */
  readonly show: (cell: string | number | null, column: number) => string;
  readonly name: string;
}

/** The numbers behind a chart, to read and to keep. */
export function TableBehind({ title, heads, rows, show, name }: TableBehindProps) {
  const [open, box] = useDisclosure(false);
  return (
    <>
      <Button
        variant="subtle"
        color="slate"
        size="compact-xs"
        className="rp-no-print"
        leftSection={<IconTable size={14} />}
        onClick={box.open}
      >
        Table
      </Button>
      <Dialog opened={open} onClose={box.close} title={title}>
        {open && (
          <>
            <Button
              variant="light"
              size="xs"
              mb="sm"
              leftSection={<IconDownload size={14} />}
              onClick={() => saveCsv(name, heads, rows)}
            >
              CSV
            </Button>
            <section
              ref={scrollHint}
              className="rp-scroll"
              // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
              tabIndex={0}
              aria-label={title}
              style={{ maxHeight: "60vh", overflow: "auto" }}
            >
              <table className="rp-table">
                <thead>
                  <tr>
                    {heads.map((head, at) => (
                      <th key={head} scope="col" className={at > 0 ? "rp-num" : undefined}>
                        {head}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <tr key={String(row[0])}>
                      {row.map((cell, at) => (
                        <td key={heads[at]} className={at > 0 ? "rp-num" : undefined}>
                          {show(cell, at)}
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          </>
        )}
      </Dialog>
    </>
  );
}
