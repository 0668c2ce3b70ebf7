import { Button, Menu } from "@mantine/core";
import { IconDownload, IconFileSpreadsheet, IconPhoto } from "@tabler/icons-react";
import { useState } from "react";
import { saveBlob, saveCsv } from "~/lib/csv";
import { type PictureKey, pictureOf } from "./picture";

interface PictureMenuProps {
  /** Name of the chart (its `data-chart`) and of the files. */
  readonly name: string;
  /** Stands above the picture, so that it can be understood alone. */
  readonly title: string;
  /** What the colours of the picture mean. */
  readonly keys?: readonly PictureKey[];
  readonly heads: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

const NO_KEYS: readonly PictureKey[] = [];

/** Keep a chart as a picture, or its numbers as a file. */
export function PictureMenu({ name, title, keys = NO_KEYS, heads, rows }: PictureMenuProps) {
  const [failed, setFailed] = useState(false);
  const savePicture = async () => {
    const picture = await pictureOf(name, title, keys).catch(() => null);
    setFailed(picture === null);
    if (picture !== null) saveBlob(`${name}.png`, picture);
  };
  return (
    <>
      <Menu position="bottom-end" withArrow>
        <Menu.Target>
          <Button
            variant="subtle"
            color="slate"
            size="compact-xs"
            className="rp-no-print"
            leftSection={<IconDownload size={14} aria-hidden />}
            aria-label={`Save ${title}`}
          >
            Save
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPhoto size={16} aria-hidden />} onClick={() => void savePicture()}>
            Picture (PNG)
          </Menu.Item>
          <Menu.Item
            leftSection={<IconFileSpreadsheet size={16} aria-hidden />}
            onClick={() => saveCsv(name, heads, rows)}
          >
            Numbers (CSV)
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {failed && (
        <span role="alert" className="rp-more">
          This browser could not draw the picture.
        </span>
      )}
    </>
  );
}
