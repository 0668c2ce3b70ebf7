/** Documents as parts of the page: a .md file becomes its sections, as HTML, while the page is built. */

import { readFileSync } from "node:fs";
import MarkdownIt, { type Token } from "markdown-it";
import type { Plugin } from "vite";

/** A heading and what stands below it, up to the next heading. */
export interface DocumentSection {
  readonly id: string;
  readonly level: number;
  readonly title: string;
  /** Names that it stands for besides its id. */
  readonly anchors: readonly string[];
  readonly html: string;
}

const IDENTIFIER = /^[a-z][a-z0-9]*(_[a-z0-9]+)+$|^hhi$|^correlation$|^leverage$/;
const MATHS =
  /(?<=\p{L})_(\{[^}]+\}|\d{1,3}|\p{L})(?![\p{L}\d_])|(?<=[\p{L}\d)])\^(\([^)]*\)|[\p{L}\d]+)|(?<![\p{L}\d_])[a-z]+[a-z0-9]*(?:_[a-z0-9]{2,})+(?![\p{L}\d_])/gu;

const TERM = /^\*\*[^*]+\*\*: /;

/** Subscripts, exponents and names of columns, which the text writes plainly; of text that is already HTML. */
export function legible(text: string): string {
  return text.replaceAll(MATHS, (whole, below: string | undefined, above: string | undefined) => {
    if (below !== undefined) return `<sub>${below.replaceAll(/[{}]/g, "")}</sub>`;
    if (above !== undefined) return `<sup>${above.replaceAll(/[()]/g, "")}</sup>`;
    return `<code>${whole}</code>`;
  });
}

/** What a heading is called in addresses, and the other names in it: "low / high" ends its name differently. */
export function anchorsOf(title: string): readonly [string, ...string[]] {
  const [first = "", ...others] = title.split(" / ").map((name) => name.trim());
  if (!IDENTIFIER.test(first)) return [title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")];
  return [
    first,
    ...others.map((name) => (name.includes("_") ? name : first.replace(/_[a-z0-9]+$/, `_${name}`))),
  ];
}

interface Part {
  readonly level: number;
  readonly title: string;
  readonly names: readonly [string, ...string[]];
  readonly body: Token[];
}

function partsOf(tokens: readonly Token[]): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.type === "heading_open") {
      const title = (tokens[at + 1]?.children ?? []).map((child) => child.content).join("");
      parts.push({ level: Number(token.tag.slice(1)), title, names: anchorsOf(title), body: [] });
      at += 2;
    } else if (token !== undefined) parts.at(-1)?.body.push(token);
  }
  return parts;
}

/** Names that belong to a section and have none of their own, such as its errors and counts. */
function belonging(part: Part, taken: ReadonlySet<string>): string[] {
  if (part.level < 3) return [];
  const stem = `${part.names[0].replace(/_\d+d$/, "")}_`;
  const words = part.body.flatMap((token) => token.children ?? []).filter((one) => one.type === "code_inline");
  const found = words.map((one) => one.content).filter((word) => word.startsWith(stem) && !taken.has(word));
  return [...new Set(found)].filter((word) => IDENTIFIER.test(word));
}

export function sectionsOf(text: string): DocumentSection[] {
  const known = new Map<string, string>();
  const markdown = new MarkdownIt({ html: false });
  const parts = partsOf(markdown.parse(text, {}));
  for (const part of parts) for (const name of part.names) known.set(name, part.names[0]);
  const taken = new Set(known.keys());
  const extra = parts.map((part) => belonging(part, taken));
  parts.forEach((part, at) => {
    for (const name of extra[at] ?? []) if (!known.has(name)) known.set(name, part.names[0]);
  });
  return parts.map((part, at) => ({
    id: part.names[0],
    level: part.level,
    title: part.title,
    anchors: [...part.names.slice(1), ...(extra[at] ?? []).filter((name) => known.get(name) === part.names[0])],
    html: rendered(markdown, part, known),
  }));
}

function rendered(markdown: MarkdownIt, part: Part, known: ReadonlyMap<string, string>): string {
  const escape = markdown.utils.escapeHtml;
  const rules = markdown.renderer.rules;
  rules.text = (all, at) => legible(escape(all[at]?.content ?? ""));
  rules.code_inline = (all, at) => {
    const word = all[at]?.content ?? "";
    const code = `<code>${escape(word)}</code>`;
    const target = known.get(word);
    return target === undefined || target === part.names[0] ? code : `<a href="#${word}">${code}</a>`;
  };
  rules.table_open = () =>
    `<div class="rp-scroll" role="region" tabindex="0" aria-label="Table of ${escape(part.title)}"><table class="rp-table">`;
  rules.table_close = () => "</table></div>";
  rules.th_open = (all, at) => (isEmpty(all[at + 1]) ? "<td>" : '<th scope="col">');
  rules.th_close = (all, at) => (isEmpty(all[at - 1]) ? "</td>" : "</th>");
  rules.td_open = (all, at) => (isNumber(all[at + 1]) ? '<td class="rp-num">' : "<td>");
  return withTerms(markdown, onlyOwnLinks(part.body));
}

function isEmpty(token: Token | undefined): boolean {
  return (token?.content ?? "").trim() === "";
}

function isNumber(token: Token | undefined): boolean {
  return /^[−-]?\d[\d.,]*$/.test((token?.content ?? "").trim());
}

/** A list of "**Name**: text" reads as terms and what they mean; anything else as it is. */
function withTerms(markdown: MarkdownIt, tokens: Token[]): string {
  const render = (some: Token[]) => markdown.renderer.render(some, markdown.options, {});
  const open = tokens.findIndex((token) => token.type === "bullet_list_open");
  const close = tokens.findIndex((token) => token.type === "bullet_list_close");
  const items = tokens.slice(open, close).filter((token) => token.type === "inline");
  if (open < 0 || !items.every((one) => TERM.test(one.content))) return render(tokens);
  const terms = items.map((one) => {
    const children = one.children ?? [];
    const end = children.findIndex((child) => child.type === "strong_close");
    const inline = (some: Token[]) => markdown.renderer.renderInline(some, markdown.options, {});
    const term = children.slice(0, end).filter((child) => child.type !== "strong_open");
    return `<div><dt>${inline(term)}</dt><dd>${inline(children.slice(end + 1)).replace(/^: /, "")}</dd></div>`;
  });
  return `${render(tokens.slice(0, open))}<dl>${terms.join("")}</dl>${withTerms(markdown, tokens.slice(close + 1))}`;
}

/** Other documents are not part of the page: what leads to them is plain text here. */
function onlyOwnLinks(tokens: readonly Token[]): Token[] {
  for (const token of tokens) {
    let away = false;
    token.children = (token.children ?? []).filter((child) => {
      if (child.type === "link_open") away = !/^(#|https?:)/.test(child.attrGet("href") ?? "");
      const drop = away && child.type.startsWith("link_");
      if (child.type === "link_close") away = false;
      return !drop;
    });
  }
  return [...tokens];
}

/** Lets the page import a .md file: `import { sections } from "../docs/methods.md"`. */
export function documents(): Plugin {
  return {
    name: "riskpanel-documents",
    enforce: "pre",
    load(id) {
      const [path = ""] = id.split("?");
      if (!path.endsWith(".md")) return null;
      this.addWatchFile(path);
      return `export const sections = ${JSON.stringify(sectionsOf(readFileSync(path, "utf8")))};`;
    },
  };
}
