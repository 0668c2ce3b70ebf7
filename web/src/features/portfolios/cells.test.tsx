import { MantineProvider } from "@mantine/core";
import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { AsOf, Beta, Nav, Volatility } from "./cells";
import type { Summary } from "./summaries";

const ONE = {
  id: 1,
  name: "Growth",
  currency: "USD",
  net_asset_value: 1_234_567.8,
  market_beta_weighted: 0.28,
  expected_volatility_21d: 0.1,
  betaCoverage: 0.3,
  volatilityCoverage: 1,
} as Summary;

function shown(cell: ReactNode): HTMLElement {
  const place = document.createElement("div");
  place.innerHTML = renderToStaticMarkup(<MantineProvider>{cell}</MantineProvider>);
  for (const style of place.querySelectorAll("style")) style.remove();
  return place;
}

describe("a number of part of a portfolio", () => {
  it("has no level, but says what it covers", () => {
    const text = shown(<Beta one={ONE} />).textContent;
    expect(text).toContain("0.28");
    expect(text).toContain("covers 30");
    expect(text).not.toContain("low");
    expect(shown(<Beta one={{ ...ONE, betaCoverage: 0.8 }} />).textContent).toContain("low / defensive");
    expect(shown(<Volatility one={ONE} />).textContent).toContain("very low");
  });
});

describe("the age of a portfolio", () => {
  const one = { ...ONE, snapshot_date: "2022-12-28" };
  const ready = { newest_snapshot: "2022-12-28", sessions_behind: 981, fresh: false };
  it.each([
    ["2022-12-28", ready, "Stale: 981 sessions"],
    ["2022-12-28", { ...ready, fresh: true }, "28 Dec 2022"],
    ["2022-12-28", undefined, "28 Dec 2022"],
    ["2022-12-29", ready, "older than others"],
  ])("is told once: newest %s, %o", (newest, answer, told) => {
    const text = shown(<AsOf one={one} age={{ newest, ready: answer }} />).textContent;
    expect(text?.endsWith(told)).toBe(true);
  });
});

describe("money", () => {
  it("is short, and whole for who points at it or reaches it by the keyboard", () => {
    const button = shown(<Nav one={ONE} />).querySelector("button");
    expect(button?.textContent).toBe("$1.2M");
    expect(button?.getAttribute("aria-label")).toBe("$1,234,568");
    expect(shown(<Nav one={{ ...ONE, net_asset_value: 0 }} />).querySelector("button")).toBeNull();
    expect(shown(<Nav one={{ ...ONE, net_asset_value: null }} />).textContent).toBe("—");
  });
});
