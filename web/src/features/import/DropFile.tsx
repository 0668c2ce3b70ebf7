import { FileButton } from "@mantine/core";
import { IconFileText, IconUpload } from "@tabler/icons-react";
import { type DragEvent, useRef, useState } from "react";
import { count, number } from "~/lib/format";
import { type Kind, refusalOf } from "./kinds";

interface DropFileProps {
  readonly kind: Kind;
  readonly file: File | null;
  readonly onFile: (file: File) => void;
}

/** A place to drop a file on; its button does the same for keyboard and pointer. */
export function DropFile({ kind, file, onFile }: DropFileProps) {
  const [over, setOver] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const reset = useRef<() => void>(null);
  const take = (files: readonly File[]) => {
    const first = files[0];
    reset.current?.(); // so that the same name, mended, is noticed
    if (first === undefined) return;
    const why = files.length > 1 ? "One file at a time, please." : refusalOf(first, kind);
    setRefusal(why);
    if (why === null) onFile(first);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take([...event.dataTransfer.files]);
  };
  const hover = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  return (
    <section
      className="rp-drop"
      aria-label="Place to drop a file on"
      data-over={over}
      onDragOver={hover}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {file ? (
        <IconFileText size={26} stroke={1.5} aria-hidden />
      ) : (
        <IconUpload size={26} stroke={1.5} aria-hidden />
      )}
      <div className="rp-drop-text">
        {file ? (
          <>
            <strong>{file.name}</strong> <span className="rp-quiet">{sizeOf(file)}</span>
          </>
        ) : (
          <strong>Drop a file of {kind.label.toLowerCase()} here</strong>
        )}
        <div className="rp-quiet rp-small">
          {file
            ? "Drop another, or a corrected one, in its place"
            : `${kind.endings.join(", ")}, at most 5 MiB`}
        </div>
      </div>
      <FileButton
        resetRef={reset}
        onChange={(chosen) => chosen && take([chosen])}
        accept={kind.endings.join(",")}
      >
        {(button) => (
          <button type="button" className="rp-choose" {...button}>
            {file ? "Choose another file" : "Choose a file"}
          </button>
        )}
      </FileButton>
      {refusal && (
        <div role="alert" className="rp-fault rp-drop-refusal">
          {refusal}
        </div>
      )}
    </section>
  );
}

function sizeOf(file: File): string {
  return file.size < 1024 ? count(file.size, "byte") : `${number(file.size / 1024)} KiB`;
}
