import type { DocumentSection } from "../../../../docs/methods.md";

export type Section = DocumentSection;

export interface Chapter {
  readonly head: Section;
  readonly metrics: readonly Section[];
}

/** Sections below the chapter that they stand in. */
export function chaptersOf(sections: readonly Section[]): Chapter[] {
  const chapters: { head: Section; metrics: Section[] }[] = [];
  for (const section of sections) {
    if (section.level === 2) chapters.push({ head: section, metrics: [] });
    else if (section.level > 2) chapters.at(-1)?.metrics.push(section);
  }
  return chapters;
}

/** What a section says, without its tags. */
export function plain(section: Section): string {
  const words = section.html.replaceAll(/<(?:\/?)(?:sub|sup|code|a|em|strong)\b[^>]*>/g, "");
  return `${section.title} ${section.anchors.join(" ")} ${words.replaceAll(/<[^>]+>/g, " ")}`.toLowerCase();
}

/** The chapters with the sections that hold every word sought. */
export function matching(chapters: readonly Chapter[], sought: string): Chapter[] {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...chapters];
  const holds = (section: Section) => {
    const text = plain(section);
    return words.every((word) => text.includes(word) || text.includes(word.replaceAll(" ", "_")));
  };
  return chapters
    .map(({ head, metrics }) => ({ head, metrics: metrics.filter(holds), own: holds(head) }))
    .filter(({ metrics, own }) => own || metrics.length > 0);
}

/** The section that an anchor leads to, by its own name or by one that belongs to it. */
export function sectionAt(sections: readonly Section[], anchor: string): Section | undefined {
  return sections.find((one) => one.id === anchor) ?? sections.find((one) => one.anchors.includes(anchor));
}
