import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import { ProblemError } from "~/api/client";
import { NO_FAULTS } from "~/api/faults";
import { changeOf, emptiedIn, faultsIn, forget, formOf, inputOf, isTyped } from "./terms";

const TERMS = {
  id: 3,
  name: "Growth",
  currency: "USD",
  market_index: "SPY",
  benchmark_code: "SP500",
  cash_balance: -1234.5,
};

describe("what a form sends", () => {
  it("is, for a new portfolio, what was typed, and null where nothing was", () => {
    expect(inputOf({ ...formOf(null), name: " Growth ", cash_balance: "1000000000000000.0001" })).toEqual({
      name: "Growth",
      market_index: null,
      benchmark_code: null,
      cash_balance: "1000000000000000.0001",
      positions: [],
    });
  });

  it("is nothing where nothing was changed, spaces around it aside", () => {
    const form = formOf(TERMS);
    expect(form.cash_balance).toBe("-1234.5");
    expect(changeOf(TERMS, form)).toEqual({});
    expect(changeOf(TERMS, { ...form, name: " Growth " })).toEqual({});
  });

  it("is each changed field alone, money as typed", () => {
    const form = formOf(TERMS);
    expect(changeOf(TERMS, { ...form, name: " Income " })).toEqual({ name: "Income" });
    expect(changeOf(TERMS, { ...form, cash_balance: "0.10", benchmark_code: "NONE" })).toEqual({
      benchmark_code: "NONE",
      cash_balance: "0.10",
    });
  });

  it("is held back while a field is empty", () => {
    const form = formOf({ ...TERMS, cash_balance: 0 });
    expect(emptiedIn(form)).toBe(NO_FAULTS);
    expect(emptiedIn({ ...form, market_index: " ", cash_balance: "" }).fields).toEqual({
      market_index: "is needed",
      cash_balance: "is needed",
    });
  });
});

describe("faults of a portfolio", () => {
  it("put a conflict at the name", () => {
    const error = new ProblemError(409, "Conflict", "you have one of that name", "choose another name", []);
    const told = "you have one of that name (choose another name)";
    expect(faultsIn(error)).toEqual({ fields: { name: told }, rest: null });
  });

  it("put others at their fields", () => {
    const wrong = [{ location: "body.cash_balance", detail: "Input should be a valid decimal" }];
    const error = new ProblemError(422, "Invalid request", "x", null, wrong);
    expect(faultsIn(error)).toEqual({ fields: { cash_balance: "not a number" }, rest: null });
  });
});

describe("a name typed to confirm", () => {
  it("is the one that is read", () => {
    expect(isTyped("Growth", "Growth")).toBe(true);
    expect(isTyped(" Nest egg ", "Nest  egg")).toBe(true);
    expect(isTyped("Cafe\u0301", "Caf\u00e9")).toBe(true);
    expect(isTyped("growth", "Growth")).toBe(false);
    expect(isTyped("Growt", "Growth")).toBe(false);
    expect(isTyped("", "Growth")).toBe(false);
  });
});

describe("what is kept of a portfolio that is gone", () => {
  it("is dropped, and that of others is not", () => {
    const client = new QueryClient();
    const keys = [["complete", 3, null], ["lots", 3], ["complete", 4, null], ["portfolios"]];
    for (const key of keys) client.setQueryData(key, 1);
    forget(client, 3);
    expect(keys.map((key) => client.getQueryData(key))).toEqual([undefined, undefined, 1, 1]);
  });
});
