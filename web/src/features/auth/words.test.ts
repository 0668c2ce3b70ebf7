import { describe, expect, it } from "vitest";
import { ProblemError } from "~/api/client";
import { faultOf, isTold, localPath, passwordLength, refusalOf, waitOf } from "./words";

const refused = (status: number, hint: string | null = null, fields: string[] = []) =>
  new ProblemError(
    status,
    "Title",
    "name or password is wrong",
    hint,
    fields.map((field) => ({ location: `body.${field}`, detail: "is wrong" })),
  );

describe("localPath", () => {
  it("stays on this host", () => {
    expect(localPath("/p/1/stress?as_of=2022-12-28#a")).toBe("/p/1/stress?as_of=2022-12-28#a");
    for (const away of [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "javascript:alert(1)",
      "/\t/evil.example",
    ])
      expect(localPath(away)).toBe("/portfolios");
  });
  it("leads home from nowhere, and never back to the sign-in", () => {
    for (const none of [undefined, "", "/", "/login?next=/runs", "/setup"])
      expect(localPath(none)).toBe("/portfolios");
  });
});

describe("refusals", () => {
  it("tells how long to wait", () => {
    expect(waitOf("wait 60 seconds, then try again")).toBe("1 minute");
    expect(waitOf("wait 1 seconds")).toBe("1 second");
    expect(waitOf("wait 0 seconds")).toBe("0 seconds");
    expect(waitOf("wait 3600 seconds")).toBe("1 hour");
    expect(waitOf(null)).toBeNull();
    expect(refusalOf(refused(429, "wait 90 seconds, then try again")).advice).toBe(
      "Wait 2 minutes, then try again.",
    );
  });
  it("tells what the API told, and that it does not answer", () => {
    expect(refusalOf(refused(401))).toEqual({ title: "Name or password is wrong.", advice: null });
    expect(refusalOf(refused(0)).title).toBe("The server does not answer.");
    expect(refusalOf(new Error("x")).title).toBe("This failed in your browser.");
  });
  it("puts faults at their fields", () => {
    expect(faultOf(refused(422, null, ["password"]), "password")).toBe("Is wrong.");
    expect(faultOf(refused(422, null, ["password"]), "name")).toBeNull();
    expect(isTold(refused(422, null, ["name"]), ["name", "password"])).toBe(true);
    expect(isTold(refused(422, null, ["link"]), ["name"])).toBe(false);
    expect(isTold(refused(401), ["name"])).toBe(false);
  });
});

it("judges a password by its length alone", () => {
  expect(passwordLength("").good).toBe(false);
  expect(passwordLength("a".repeat(11))).toEqual({ told: "1 more to go", good: false });
  expect(passwordLength("a".repeat(12)).good).toBe(true);
  expect(passwordLength("a".repeat(201))).toEqual({ told: "1 too many", good: false });
});
