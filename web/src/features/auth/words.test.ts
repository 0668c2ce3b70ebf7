import { describe, expect, it } from "vitest";
import { localPath, passwordLength } from "./words";

describe("localPath", () => {
  it("stays on this host", () => {
    expect(localPath("/p/1/stress?as_of=2022-12-28#a")).toBe("/p/1/stress?as_of=2022-12-28#a");
    for (const away of [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "javascript:alert(1)",
      "/\t/evil.example",
      "/.//evil.example/x",
      "/a/..//evil.example",
    ])
      expect(localPath(away)).toBe("/portfolios");
  });
  it("leads home from nowhere, and never back to the sign-in", () => {
    for (const none of [undefined, "", "/", "/login?next=/runs", "/setup"])
      expect(localPath(none)).toBe("/portfolios");
  });
});

it("judges a password by its length alone", () => {
  expect(passwordLength("").good).toBe(false);
  expect(passwordLength("a".repeat(11))).toEqual({ told: "1 more to go", good: false });
  expect(passwordLength("a".repeat(12)).good).toBe(true);
  expect(passwordLength("a".repeat(201))).toEqual({ told: "1 too many", good: false });
});
