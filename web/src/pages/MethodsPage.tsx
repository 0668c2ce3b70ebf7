import { TextInput, Title } from "@mantine/core";
import { useDebouncedCallback, useMediaQuery } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { Contents, Introduction, MethodsText } from "~/features/methods/MethodsText";
import { chaptersOf, matching, sectionAt } from "~/features/methods/sections";
import { useReading, useScrollTo } from "~/features/methods/useReading";
import { count } from "~/lib/format";
import { useAddress } from "~/ui/address";
import { EmptyState } from "~/ui/States";
import { sections } from "../../../docs/methods.md";
import "~/features/methods/methods.css";

const SOUGHT: string = "q";
const CHAPTERS = chaptersOf(sections);

/** How every number is made; cards lead here, each to its own section. */
export function MethodsPage() {
  const anchor = useLocation().hash;
  const navigate = useNavigate();
  const [held, hold] = useAddress(SOUGHT);
  const [sought, setSought] = useState(held ?? "");
  const holdLater = useDebouncedCallback((text: string) => hold(text === "" ? undefined : text), 300);
  const wide = useMediaQuery("(min-width: 1080px)", window.innerWidth >= 1080);
  const target = sectionAt(sections, anchor)?.id ?? null;
  const chapters = useMemo(() => matching(CHAPTERS, sought), [sought]);
  const ids = chapters.flatMap(({ head, metrics }) => [head.id, ...metrics.map((one) => one.id)]);
  const reading = useReading(ids.join(" "));
  const shown = useRef<string | null>(null);
  const hidden = target !== null && !ids.includes(target);
  useEffect(() => {
    const asked = shown.current !== anchor;
    shown.current = anchor;
    if (!hidden || !asked) return; // what the address newly asks for must be on the page
    setSought("");
    const search = (old: object) => ({ ...old, [SOUGHT]: undefined });
    void navigate({ to: ".", search, hash: anchor, replace: true, resetScroll: false });
  }, [hidden, anchor, navigate]);
  useScrollTo(hidden ? "" : anchor);
  const found = chapters.reduce((sum, one) => sum + one.metrics.length, 0);
  return (
    <div className="rp-methods">
      <aside className="rp-methods-side" aria-label="Contents">
        <TextInput
          value={sought}
          onChange={(event) => {
            setSought(event.currentTarget.value);
            holdLater(event.currentTarget.value);
          }}
          leftSection={<IconSearch size={16} stroke={1.7} aria-hidden />}
          placeholder="Find in methods"
          aria-label="Find in methods"
          type="search"
          mb="xs"
        />
        <p className="rp-quiet rp-small" aria-live="polite">
          {sought.trim() === "" ? "" : `${count(found, "metric")} of ${METRICS}`}
        </p>
        <details open={wide}>
          <summary>Contents</summary>
          <nav aria-label="Methods">
            <Contents chapters={chapters} current={reading ?? target} />
          </nav>
        </details>
      </aside>
      <div>
        <Title order={1} size="h2" mb="xs">
          Methods
        </Title>
        {sought === "" && <Introduction section={sections[0]} />}
        <MethodsText chapters={chapters} current={target} />
        {chapters.length === 0 && (
          <EmptyState title={`Nothing in the methods holds “${sought.trim()}”`}>
            Try a metric’s name, such as hhi, or a word such as shortfall.
          </EmptyState>
        )}
      </div>
    </div>
  );
}

const METRICS = CHAPTERS.reduce((sum, one) => sum + one.metrics.length, 0);
