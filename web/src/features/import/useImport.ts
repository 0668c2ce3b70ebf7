import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Faults, faultsOf, NO_FAULTS } from "~/api/faults";
import { headsOf, type Kind } from "./kinds";
import { NO_OPTIONS, type Options, type Report, sendImport } from "./report";

const FIELDS = ["portfolio", "cash", "equity", "market_index"];

interface Chosen {
  readonly file: File;
  /** Whether the file says itself which portfolio a row is of. */
  readonly named: boolean;
}

export interface Import {
  readonly file: File | null;
  readonly named: boolean;
  readonly options: Options;
  readonly faults: Faults;
  /** Null until the file was looked at with these options. */
  readonly preview: Report | null;
  readonly done: Report | null;
  readonly busy: boolean;
  /** Whether a portfolio or a sum is still to be given. */
  readonly lacks: boolean;
  readonly choose: (file: File) => void;
  readonly change: (options: Options) => void;
  readonly look: () => void;
  readonly commit: () => void;
  readonly again: () => void;
}

function lacksOf(kind: Kind, named: boolean, options: Options): boolean {
  if (kind.name !== "positions") return false;
  return (
    (!named && options.portfolio.trim() === "") ||
    (options.balance !== "none" && options.amount.trim() === "")
  );
}

/** One file on its way: chosen, looked at, imported. */
export function useImport(kind: Kind): Import {
  const client = useQueryClient();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [options, setOptions] = useState<Options>(NO_OPTIONS);
  const preview = useMutation({
    mutationFn: (asked: { readonly file: File; readonly options: Options }) =>
      sendImport(kind, asked.file, asked.options, true),
  });
  const commit = useMutation({
    mutationFn: (file: File) => sendImport(kind, file, options, false),
    onSuccess: (report) => {
      if (report.badCount > 0) return;
      for (const key of [
        "portfolios",
        "lots",
        "complete",
        "series",
        "scenarios",
        "instruments",
        "run-requests",
      ]) {
        void client.invalidateQueries({ queryKey: [key] });
      }
    },
  });
  const forget = () => {
    preview.reset();
    commit.reset();
  };
  const choose = async (file: File) => {
    forget();
    const named =
      kind.name !== "positions" || headsOf(await file.slice(0, 4096).text()).includes("portfolio");
    setChosen({ file, named });
    if (!lacksOf(kind, named, options)) preview.mutate({ file, options });
  };
  const error = commit.error ?? preview.error;
  const lacks = lacksOf(kind, chosen?.named ?? true, options);
  return {
    file: chosen?.file ?? null,
    named: chosen?.named ?? false,
    options,
    faults: error ? faultsOf(error, FIELDS) : NO_FAULTS,
    preview: commit.data ?? preview.data ?? null,
    done: commit.data && commit.data.badCount === 0 ? commit.data : null,
    busy: preview.isPending || commit.isPending,
    lacks,
    choose: (file) => void choose(file),
    change: (changed) => {
      forget();
      setOptions(changed);
    },
    look: () => {
      if (chosen && !lacks) preview.mutate({ file: chosen.file, options });
    },
    commit: () => {
      if (chosen) commit.mutate(chosen.file);
    },
    again: () => {
      forget();
      setChosen(null);
    },
  };
}
