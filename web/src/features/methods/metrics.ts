/** The names of what the methods explain; apart from their text, which is long. */

import { sections } from "../../../../docs/methods.md";

export const METRICS = sections
  .filter(({ level }) => level > 2)
  .map(({ id, title, anchors }) => ({
    id,
    title,
    words: [title, ...anchors].join(" ").replaceAll("_", " "),
  }));

export type Metric = (typeof METRICS)[number];
