import { describe, expect, it } from "vitest";
import { count, duration, MISSING, money, moneyCompact, number, ordinal, percent } from "./format";

const SPACE = "\u202f";

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
      expect(percent(nothing)).toBe(MISSING);
      expect(money(nothing, "USD")).toBe(MISSING);
      expect(moneyCompact(nothing, "USD")).toBe(MISSING);
      expect(duration(nothing)).toBe(MISSING);
    }
  });
});

describe("money", () => {
  it("has cents below a thousand", () => {
    expect(money(999.5, "USD")).toBe("$999.50");
    expect(money(204_744.4, "USD")).toBe("$204,744");
    expect(money(-3_300, "USD", true)).toBe("−$3,300");
  });

  it("is short where there is little room, and never a thousand of a unit", () => {
    expect(moneyCompact(9_999, "USD")).toBe("$9,999");
    expect(moneyCompact(12_400, "USD")).toBe("$12.4k");
    expect(moneyCompact(999_949, "USD")).toBe("$999.9k");
    expect(moneyCompact(999_950, "USD")).toBe("$1.0m");
    expect(moneyCompact(-999_960_000, "USD")).toBe("−$1.0bn");
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
