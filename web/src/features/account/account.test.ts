import { expect, it } from "vitest";
import { orderedTokens, setupAddress, type Token, tokenState, type User, userState } from "./account";

const NOW = new Date("2026-06-01T00:00:00Z").getTime();
const token = (id: number, more: Partial<Token> = {}): Token => ({
  id,
  name: "t",
  beginning: "riskpanel_ab",
  scopes: ["read"],
  created_at: "2026-01-01T00:00:00Z",
  expires_at: "2026-12-01T00:00:00Z",
  last_used_at: null,
  revoked_at: null,
  ...more,
});

it("knows how a token stands", () => {
  expect(tokenState(token(1), NOW)).toBe("works");
  expect(tokenState(token(1, { expires_at: "2026-06-01T00:00:00Z" }), NOW)).toBe("expired");
  expect(tokenState(token(1, { revoked_at: "2026-02-01T00:00:00Z" }), NOW)).toBe("revoked");
});

it("puts working tokens first, newest first", () => {
  const all = [token(1), token(2, { revoked_at: "2026-02-01T00:00:00Z" }), token(3)];
  expect(orderedTokens(all, NOW).map((one) => one.id)).toEqual([3, 1, 2]);
  expect(orderedTokens([], NOW)).toEqual([]);
});

it("knows how an account stands", () => {
  const user = (more: Partial<User>) => ({ disabled_at: null, has_password: true, ...more }) as User;
  expect(userState(user({}))).toBe("works");
  expect(userState(user({ has_password: false }))).toBe("invited");
  expect(userState(user({ has_password: false, disabled_at: "2026-01-01T00:00:00Z" }))).toBe("disabled");
});

it("writes the whole address of a link", () => {
  expect(setupAddress("https://risk.example", "a-b_c")).toBe("https://risk.example/setup#a-b_c");
});
