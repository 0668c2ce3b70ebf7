/** Accounts and tokens, in words. */

import { queryOptions } from "@tanstack/react-query";
import { answered, api, type Schema } from "~/api/client";

export type Token = Schema<"TokenModel">;
export type User = Schema<"UserModel">;
export type Invitation = Schema<"InvitationModel">;
export type Scope = Token["scopes"][number];

const MOST = 500;

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: async (): Promise<Token[]> => {
    const page = answered(await api.GET("/api/v1/tokens", { params: { query: { limit: MOST } } }));
    return page.items;
  },
});

export const usersQuery = queryOptions({
  queryKey: ["users"],
  queryFn: async (): Promise<User[]> => {
    const page = answered(await api.GET("/api/v1/users", { params: { query: { limit: MOST } } }));
    return page.items;
  },
});

export const SCOPES: readonly (readonly [Scope, string])[] = [
  ["read", "See portfolios, snapshots and everything else that only reads."],
  ["write", "Change positions and scenarios, import files, ask for runs. It does not include read."],
  ["admin", "Accounts and instruments; of administrators only."],
];

/** How a token stands at an instant: works, expired, or revoked. */
export function tokenState(token: Token, now: number): "works" | "expired" | "revoked" {
  if (token.revoked_at !== null) return "revoked";
  return new Date(token.expires_at).getTime() <= now ? "expired" : "works";
}

/** Working tokens first, the newest before older ones. */
export function orderedTokens(tokens: readonly Token[], now: number): Token[] {
  const void_ = (token: Token) => (tokenState(token, now) === "works" ? 0 : 1);
  return [...tokens].sort((a, b) => void_(a) - void_(b) || b.id - a.id);
}

export function userState(user: User): "works" | "invited" | "disabled" {
  if (user.disabled_at !== null) return "disabled";
  return user.has_password ? "works" : "invited";
}

/** The whole address by which somebody sets a password. */
export function setupAddress(origin: string, link: string): string {
  return `${origin}/setup#${link}`;
}
