/** Documents as parts of the page: a .md file becomes its sections, as HTML, while the page is built. */

import { readFileSync } from "node:fs";
import MarkdownIt, { type MarkdownIt as Parser, type Token } from "markdown-it";
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
const MATHS = new RegExp(
  [
    String.raw`(?<=\p{L})_(\{[^}]+\}|\d{1,3}|\p{L})(?![\p{L}\d_])`, // v_21, weight_i, C_{t−1}
    String.raw`(?<=\bS)(xx|xy|yy)\b`,
    "([₀-₉ₑ]+)", // too small to read as it is
    String.raw`(?<=[\p{L}\d)])\^(\([^)]*\)|[\p{L}\d]+)`, // 0.99^age, x^(2/9)
    String.raw`(?<![\p{L}\d_])[a-z]{2}[a-z0-9]*(?:_[a-z0-9]{2,})+(?![\p{L}\d_])`, // gross_exposure
  ].join("|"),
  "gu",
);
const NUMBER = /^[−-]?\d[\d.,]*$/;
const TERM = /^\*\*[^*]+\*\*: /;

/** Subscripts, exponents and names of columns, which the text writes plainly; of text that is already HTML. */
export function legible(text: string, code = (name: string) => `<code>${name}</code>`): string {
  return text.replaceAll(MATHS, (whole, below?: string, sums?: string, low?: string, above?: string) => {
    const under = below ?? sums ?? low;
    if (under !== undefined) return `<sub>${under.normalize("NFKC").replaceAll(/[{}]/g, "")}</sub>`;
    return above === undefined ? code(whole) : `<sup>${above.replaceAll(/[()]/g, "")}</sup>`;
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
  const words = part.body
    .flatMap((token) => token.children ?? [])
    .filter((one) => one.type === "code_inline");
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
    anchors: [
      ...part.names.slice(1),
      ...(extra[at] ?? []).filter((name) => known.get(name) === part.names[0]),
    ],
    html: rendered(markdown, part, known),
  }));
}

function rendered(markdown: Parser, part: Part, known: ReadonlyMap<string, string>): string {
  const safe = markdown.utils.escapeHtml;
  const { rules } = markdown.renderer;
  const code = (word: string) => {
    const target = known.get(word);
    const shown = `<code>${safe(word)}</code>`;
    return target === undefined || target === part.names[0] ? shown : `<a href="#${word}">${shown}</a>`;
  };
  rules.text = (all, at) => legible(safe(all[at]?.content ?? ""), code);
  rules.code_inline = (all, at) => code(all[at]?.content ?? "");
  rules.table_open = () =>
    `<div class="rp-scroll" role="group" tabindex="0" aria-label="Table of ${safe(part.title)}"><table class="rp-table">`;
  rules.table_close = () => "</table></div>";
  markTables(part.body);
  return withTerms(markdown, onlyOwnLinks(part.body));
}

/** Columns of numbers are aligned to the right; a head without a word is no head. */
function markTables(tokens: readonly Token[]): void {
  let heads: Token[] = [];
  let column = 0;
  const rows = new Map<Token, { token: Token; text: string }[]>();
  tokens.forEach((token, at) => {
    if (token.type === "table_open") heads = [];
    if (token.type === "tr_open") column = 0;
    if (token.type === "th_open") {
      heads.push(token);
      const close = tokens[at + 2];
      const named = tokens[at + 1]?.content !== "";
      if (named) token.attrSet("scope", "col");
      else for (const one of [token, close]) if (one !== undefined) one.tag = "td";
    }
    if (token.type === "td_open") {
      const head = heads[column];
      column += 1;
      const cell = { token, text: tokens[at + 1]?.content ?? "" };
      if (head !== undefined) rows.set(head, [...(rows.get(head) ?? []), cell]);
    }
  });
  for (const [head, cells] of rows) {
    const filled = cells.filter((cell) => cell.text !== "");
    if (filled.length === 0 || !filled.every((cell) => NUMBER.test(cell.text))) continue;
    for (const one of [head, ...cells.map((cell) => cell.token)]) one.attrSet("class", "rp-num");
  }
}

/** A list of "**Name**: text" reads as terms and what they mean; anything else as it is. */
function withTerms(markdown: Parser, tokens: Token[]): string {
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
      if (child.type === "link_open") away = !/^(#|https?:)/.test(String(child.attrGet("href")));
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
