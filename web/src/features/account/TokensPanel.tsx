import { Skeleton } from "@mantine/core";
import { IconCheck, IconClockOff, IconX } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { queryClient } from "~/api/cache";
import { api } from "~/api/client";
import { day, moment } from "~/lib/format";
import { Loaded } from "~/ui/Loaded";
import { Refused } from "~/ui/Note";
import { orderedTokens, type Token, tokenState, tokensQuery } from "./account";
import { Confirm } from "./Confirm";
import { TokenForm } from "./TokenForm";

/** Tokens, by which programs ask in one's name. */
export function TokensPanel({ isAdmin }: { readonly isAdmin: boolean }) {
  return (
    <section className="rp-panel rp-fields" aria-labelledby="account-tokens">
      <h2 id="account-tokens">Tokens of programs</h2>
      <p className="rp-quiet">
        A program shows a token in place of a password, as{" "}
        <code className="rp-code">Authorization: Bearer</code>. It cannot change your password, nor make other
        tokens.
      </p>
      <TokenForm isAdmin={isAdmin} />
      <Tokens />
    </section>
  );
}

function Tokens() {
  const asked = useQuery(tokensQuery);
  const revoke = useMutation({
    mutationFn: async (id: number) =>
      api.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: id } } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
  const now = Date.now();
  return (
    <>
      {revoke.error && <Refused error={revoke.error} />}
      <Loaded
        asked={asked}
        loading={<Skeleton h={64} mt="md" />}
        failed={(error) => <Refused error={error} />}
      >
        {(data) =>
          data.length === 0 ? (
            <p className="rp-quiet rp-small rp-none-yet">You have no tokens.</p>
          ) : (
            <ul className="rp-rows" aria-label="Your tokens">
              {orderedTokens(data, now).map((token) => {
                const state = tokenState(token, now);
                return (
                  <li key={token.id} data-void={state !== "works"}>
                    <div>
                      <strong>{token.name}</strong> <code className="rp-code">{token.beginning}…</code>
                      <div className="rp-quiet rp-small">
                        {token.scopes.join(", ")} · made {day(token.created_at)} ·{" "}
                        {token.last_used_at === null
                          ? "never used"
                          : `last used ${moment(token.last_used_at)}`}
                      </div>
                    </div>
                    <State token={token} now={now} />
                    {state === "works" && (
                      <Confirm
                        action="Revoke"
                        label={`Revoke ${token.name}`}
                        busy={revoke.isPending && revoke.variables === token.id}
                        onConfirm={() => revoke.mutate(token.id)}
                      >
                        Programs that use “{token.name}” are refused from now on. This cannot be undone.
                      </Confirm>
                    )}
                  </li>
                );
              })}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}

function State({ token, now }: { readonly token: Token; readonly now: number }) {
  const state = tokenState(token, now);
  const [Icon, words] = {
    works: [IconCheck, `works until ${day(token.expires_at)}`] as const,
    expired: [IconClockOff, `expired ${day(token.expires_at)}`] as const,
    revoked: [IconX, `revoked ${day(token.revoked_at)}`] as const,
  }[state];
  return (
    <span className={`rp-row-state ${state === "works" ? "rp-less" : "rp-quiet"}`}>
      <Icon size={15} stroke={1.9} aria-hidden /> {words}
    </span>
  );
}
