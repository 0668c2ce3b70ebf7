import { describe, expect, it } from "vitest";
import { anchorsOf, legible, sectionsOf } from "../../../markdown";

describe("legible", () => {
  it("lowers indices and raises exponents", () => {
    expect(legible("weight_i × beta_i")).toBe("weight<sub>i</sub> × beta<sub>i</sub>");
    expect(legible("v_252, C_{t−1}, Sxx")).toBe("v<sub>252</sub>, C<sub>t−1</sub>, S<sub>xx</sub>");
    expect(legible("b₂₁ and nₑ")).toBe("b<sub>21</sub> and n<sub>e</sub>");
    expect(legible("0.99^age and (n/100)^(2/9)")).toBe("0.99<sup>age</sup> and (n/100)<sup>2/9</sup>");
  });
  it("marks names of columns and leaves other words alone", () => {
    expect(legible("gross_exposure / net")).toBe("<code>gross_exposure</code> / net");
    expect(legible("x² / 2, 0 is a value")).toBe("x² / 2, 0 is a value");
  });
});

describe("anchorsOf", () => {
  it("names both ends of a pair", () => {
    expect(anchorsOf("expected_volatility_low / high")).toEqual([
      "expected_volatility_low",
      "expected_volatility_high",
    ]);
    expect(anchorsOf("Sectors and concentration")).toEqual(["sectors-and-concentration"]);
  });
});

const TEXT = `# Doc

See [other](other.md) and [hhi](#hhi).

## Part

### hhi

What it is.

- **Formula**: 10,000 × Σ share_i², \`hhi_extra\`
- **Unit**: points, see \`part_two\`

| | a |
|---|---|
| x | −0.5 |
| y | |

### part_two

- no **term**: here
`;

describe("sectionsOf", () => {
  const sections = sectionsOf(TEXT);
  const html = (id: string) => sections.find((one) => one.id === id)?.html ?? "";
  it("cuts at headings and names what belongs to them", () => {
    expect(sections.map((one) => [one.level, one.id, one.anchors])).toEqual([
      [1, "doc", []],
      [2, "part", []],
      [3, "hhi", ["hhi_extra"]],
      [3, "part_two", []],
    ]);
  });
  it("keeps links within and drops links to other documents", () => {
    expect(html("doc")).toContain('See other and <a href="#hhi">hhi</a>');
    expect(html("hhi")).toContain('<a href="#part_two"><code>part_two</code></a>');
  });
  it("makes terms of named lists only", () => {
    expect(html("hhi")).toContain("<dt>Formula</dt><dd>10,000 × Σ share<sub>i</sub>²,");
    expect(html("part_two")).toContain("<li>no <strong>term</strong>: here</li>");
  });
  it("aligns numbers, and has no head without a word", () => {
    expect(html("hhi")).toContain('<th scope="col" class="rp-num">a</th>');
    expect(html("hhi")).toContain('<td class="rp-num">−0.5</td>');
    expect(html("hhi")).not.toContain("<th></th>");
  });
});
