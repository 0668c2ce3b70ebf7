import { describe, expect, it } from "vitest";
import { ProblemError } from "./client";
import { adviceOf, faultOf, isTold, refusalOf, waitOf } from "./refusals";

const refused = (status: number, hint: string | null = null, fields: string[] = []) =>
  new ProblemError(
    status,
    "Title",
    "name or password is wrong",
    hint,
    fields.map((field) => ({ location: `body.${field}`, detail: "is wrong" })),
  );

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

it("keeps addresses of the API from people", () => {
  expect(adviceOf("GET /api/v1/runs/3 lists which and why")).toBeNull();
  expect(adviceOf("import its prices")).toBe("Import its prices.");
  expect(adviceOf(null)).toBeNull();
});
