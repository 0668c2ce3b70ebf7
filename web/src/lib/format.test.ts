import { afterEach, describe, expect, it } from "vitest";
import {
  count,
  duration,
  MISSING,
  money,
  moneyCompact,
  nearDay,
  number,
  onAxis,
  ordinal,
  percent,
  price,
  quantity,
  writeAs,
} from "./format";

const SPACE = "\u202f";

afterEach(() => writeAs(undefined));

describe("numbers", () => {
  it("has no sign where it rounds to zero, and a real minus elsewhere", () => {
    expect(number(-0.004, 2)).toBe("0.00");
    expect(number(-0.006, 2)).toBe("−0.01");
    expect(number(0.3, 0, true)).toBe("0");
    expect(number(12_345.6, 0, true)).toBe("+12,346");
  });

  it("writes a decimal as a percentage", () => {
    expect(percent(0.2144)).toBe(`21.4${SPACE}%`);
    expect(percent(-0.0159, 2, true)).toBe(`−1.59${SPACE}%`);
  });

  it("never makes a number of nothing", () => {
    for (const nothing of [null, undefined, Number.NaN]) {
      expect(number(nothing)).toBe(MISSING);
      expect(quantity(nothing)).toBe(MISSING);
      expect(percent(nothing)).toBe(MISSING);
      expect(money(nothing, "USD")).toBe(MISSING);
      expect(price(nothing, "USD")).toBe(MISSING);
      expect(moneyCompact(nothing, "USD")).toBe(MISSING);
      expect(duration(nothing)).toBe(MISSING);
    }
  });
});

/** In each language: a loss, no loss, a gain, money in short, and a loss of money in short. */
const LANGUAGES = {
  "en-US": ["−1,234.6", "0.0", "+1,234.6", "$122.4k", "−$122.4k"],
  "de-DE": ["−1.234,6", "0,0", "+1.234,6", "122,4k\u00a0$", "−122,4k\u00a0$"],
  "fr-FR": ["−1\u202f234,6", "0,0", "+1\u202f234,6", "122,4k\u00a0$", "−122,4k\u00a0$"],
  "ar-EG": ["−1,234.6", "0.0", "+1,234.6", "122.4k\u00a0US$", "−122.4k\u00a0US$"],
  "fa-IR": ["−1,234.6", "0.0", "+1,234.6", "$\u00a0122.4k", "−$\u00a0122.4k"],
  "hi-IN": ["−1,234.6", "0.0", "+1,234.6", "$122.4k", "−$122.4k"],
} as const;

describe.each(Object.entries(LANGUAGES))("in %s", (language, told) => {
  it("a loss has its minus, nothing has no sign, and a unit stands at its number", () => {
    writeAs(language);
    expect([
      number(-1234.56, 1),
      number(-0.04, 1, true),
      number(1234.56, 1, true),
      moneyCompact(122_400, "USD"),
      moneyCompact(-122_400, "USD", true),
    ]).toEqual(told);
  });
});

it.each(["bn", "mr", "ne", "he-IL", "my", "th-TH-u-nu-thai"])(
  "writes %s in the digits of the page",
  (language) => {
    writeAs(language);
    expect(number(-56, 1)).toMatch(/^−56[.,]0$/);
    expect(percent(-0.0004)).toMatch(new RegExp(`^0[.,]0${SPACE}%$`));
  },
);

describe("quantities", () => {
  it("have the digits that they have, up to eight, and never fewer units than there are", () => {
    expect([0, 1, 0.5, 0.004, -12.25, 1_200].map(quantity)).toEqual([
      "0",
      "1",
      "0.5",
      "0.004",
      "−12.25",
      "1,200",
    ]);
    expect(quantity(0.00000012345678)).toBe("0.00000012345678");
    expect(quantity(12.3456789123)).toBe("12.345679");
    expect(quantity(1_234_567_890.5)).toBe("1,234,567,891");
  });
});

describe("prices", () => {
  it("have cents, and below one what tells them apart", () => {
    expect([126.04, 4_783.35, 1, 0.5, 0.0042, 0.123456, 0, -0.0042].map((one) => price(one, "USD"))).toEqual([
      "$126.04",
      "$4,783.35",
      "$1.00",
      "$0.50",
      "$0.0042",
      "$0.1235",
      "$0.00",
      "−$0.0042",
    ]);
  });
});

describe("money", () => {
  it("has cents below a thousand, where there are any", () => {
    expect(money(999.5, "USD")).toBe("$999.50");
    expect(money(500, "USD")).toBe("$500");
    expect(money(0, "USD")).toBe("$0");
    expect(money(204_744.4, "USD")).toBe("$204,744");
    expect(money(-3_300, "USD", true)).toBe("−$3,300");
  });

  it("is short where there is little room, and never a thousand of a unit", () => {
    expect(moneyCompact(12.4, "USD")).toBe("$12.40");
    expect(moneyCompact(9_999, "USD")).toBe("$9,999");
    expect(moneyCompact(12_400, "USD")).toBe("$12.4k");
    expect(moneyCompact(999_949, "USD")).toBe("$999.9k");
    expect(moneyCompact(999_950, "USD")).toBe("$1.0M");
    expect(moneyCompact(-999_960_000, "USD")).toBe("−$1.0B");
    expect(moneyCompact(2.5e12, "USD")).toBe("$2.5T");
  });
});

describe("labels of an axis", () => {
  it("have the digits that tell them apart", () => {
    expect([1e6, 1.02e6, 1.04e6].map((at) => onAxis.money(at, 20_000, "USD"))).toEqual([
      "$1.00M",
      "$1.02M",
      "$1.04M",
    ]);
    expect([0, 500_000].map((at) => onAxis.money(at, 500_000, "USD"))).toEqual(["$0", "$500k"]);
    expect([-0.01, -0.005, 0, 0.005].map((at) => onAxis.percent(at, 0.005))).toEqual(
      ["−1.0", "−0.5", "0.0", "0.5"].map((text) => `${text}${SPACE}%`),
    );
    expect([0.1, 0.2].map((at) => onAxis.percent(at, 0.1))).toEqual([`10${SPACE}%`, `20${SPACE}%`]);
    expect([0.67, 0.675, 0.68].map((at) => onAxis.number(at, 0.005))).toEqual(["0.670", "0.675", "0.680"]);
    expect(onAxis.number(1, 1)).toBe("1");
  });
});

describe("dates", () => {
  it("have their year where it is not this one", () => {
    expect(nearDay("2022-12-28", new Date(2022, 11, 31))).toBe("28 Dec");
    expect(nearDay("2022-12-28", new Date(2023, 0, 1))).toBe("28 Dec 2022");
  });
});

describe("words", () => {
  it("counts", () => {
    expect(count(1, "finding")).toBe("1 finding");
    expect(count(1_204, "entry", "entries")).toBe("1,204 entries");
  });

  it("orders", () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 100].map(ordinal).join(" ")).toBe(
      "1st 2nd 3rd 4th 11th 12th 13th 21st 100th",
    );
  });

  it("tells how long", () => {
    expect(duration(4.23)).toBe(`4.2${SPACE}s`);
    expect(duration(200)).toBe(`3${SPACE}min 20${SPACE}s`);
    expect(duration(119.7)).toBe(`2${SPACE}min 0${SPACE}s`);
  });
});
