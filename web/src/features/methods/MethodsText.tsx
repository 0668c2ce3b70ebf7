import { IconLink } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import type { Chapter, Section } from "./sections";

interface TextProps {
  readonly chapters: readonly Chapter[];
  readonly current: string | null;
}

/** The chapters as they stand in the docs; formulas first, then unit, window and what each leaves out. */
export function MethodsText({ chapters, current }: TextProps) {
  return chapters.map(({ head, metrics }) => (
    <section key={head.id} className="rp-chapter" aria-labelledby={head.id}>
      <h2 id={head.id} tabIndex={-1}>
        {head.title}
      </h2>
      <Html section={head} />
      {metrics.map((metric) => (
        <article
          key={metric.id}
          className="rp-method"
          data-current={metric.id === current}
          aria-labelledby={metric.id}
        >
          {metric.anchors.map((anchor) => (
            <span key={anchor} id={anchor} className="rp-anchor" />
          ))}
          <h3 id={metric.id} tabIndex={-1}>
            <code>{metric.title}</code>
            <a href={`#${metric.id}`} className="rp-method-link" aria-label={`Link to ${metric.title}`}>
              <IconLink size={15} stroke={1.7} aria-hidden />
            </a>
          </h3>
          <Html section={metric} />
        </article>
      ))}
    </section>
  ));
}

function Html({ section }: { readonly section: Section }) {
  // biome-ignore lint/security/noDangerouslySetInnerHtml: made from our own document while the page is built
  return <div className="rp-prose" dangerouslySetInnerHTML={{ __html: section.html }} />;
}

export function Introduction({ section }: { readonly section: Section | undefined }) {
  return section === undefined ? null : <Html section={section} />;
}

interface ContentsProps {
  readonly chapters: readonly Chapter[];
  readonly current: string | null;
}

export function Contents({ chapters, current }: ContentsProps) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    const entry = list.current?.querySelector(`a[href="#${current ?? ""}"]`);
    const side = list.current?.closest("aside");
    if (!entry || !side || side.scrollHeight <= side.clientHeight) return;
    const { top, bottom } = entry.getBoundingClientRect();
    const frame = side.getBoundingClientRect();
    if (top < frame.top || bottom > frame.bottom) side.scrollTop += top - frame.top - frame.height / 3;
  }, [current]);
  return (
    <ul className="rp-contents" ref={list}>
      {chapters.map(({ head, metrics }) => (
        <li key={head.id}>
          <Entry section={head} current={current} />
          {metrics.length > 0 && (
            <ul>
              {metrics.map((metric) => (
                <li key={metric.id}>
                  <Entry section={metric} current={current} />
                </li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
  );
}

function Entry({ section, current }: { readonly section: Section; readonly current: string | null }) {
  return (
    <a href={`#${section.id}`} aria-current={section.id === current ? "true" : undefined}>
      {section.title}
    </a>
  );
}
