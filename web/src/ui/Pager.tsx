import { Button, Group } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { number } from "~/lib/format";

export interface Part {
  /** From 1. */
  readonly page: number;
  readonly pages: number;
  /** The first row of the page, from 0, and the one after its last. */
  readonly from: number;
  readonly to: number;
}

/** The rows of a page that was asked for; the nearest there is where it is none. */
export function partOf(asked: string | undefined, rows: number, each: number): Part {
  const pages = Math.max(1, Math.ceil(rows / each));
  const wanted = Math.trunc(Number(asked ?? 1));
  const page = Number.isFinite(wanted) ? Math.min(pages, Math.max(1, wanted)) : 1;
  return { page, pages, from: (page - 1) * each, to: Math.min(rows, page * each) };
}

interface PagerProps {
  readonly part: Part;
  readonly rows: number;
  /** Whether there are more rows than are known. */
  readonly open: boolean;
  readonly what: string;
  readonly onPage: (page: number) => void;
}

/** The way through a long list, a page at a time. */
export function Pager({ part, rows, open, what, onPage }: PagerProps) {
  const { page, pages, from, to } = part;
  if (pages === 1 && !open) return null;
  return (
    <Group component="nav" gap="sm" mt="sm" justify="space-between" aria-label={`Pages of ${what}`}>
      <span className="rp-quiet rp-small" aria-live="polite">
        {number(from + 1)} to {number(to)} of {open ? "more than " : ""}
        {number(rows)}
      </span>
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconChevronLeft size={15} aria-hidden />}
          disabled={page === 1}
          onClick={() => onPage(page - 1)}
        >
          Before
        </Button>
        <Button
          size="xs"
          variant="default"
          rightSection={<IconChevronRight size={15} aria-hidden />}
          disabled={page === pages && !open}
          onClick={() => onPage(page + 1)}
        >
          Next
        </Button>
      </Group>
    </Group>
  );
}
