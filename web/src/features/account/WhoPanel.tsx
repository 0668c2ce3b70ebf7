import { Group } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { forgetAnswers } from "~/api/cache";
import { api } from "~/api/client";
import type { Session } from "~/api/queries";
import { Refused } from "~/ui/Note";
import { Confirm } from "./Confirm";

/** Who is signed in, and the way out of every browser. */
export function WhoPanel({ session }: { readonly session: Session }) {
  const navigate = useNavigate();
  const leave = useMutation({
    mutationFn: async () => api.POST("/api/v1/auth/logout-everywhere"),
    onSuccess: async () => {
      await navigate({ to: "/login" });
      forgetAnswers();
    },
  });
  return (
    <section className="rp-panel" aria-labelledby="account-who">
      <h2 id="account-who">You</h2>
      <div className="rp-who">
        <span className="rp-avatar" aria-hidden>
          {(session.name ?? "?").charAt(0).toUpperCase()}
        </span>
        <div>
          <strong>{session.name}</strong>
          <div className="rp-quiet">
            {session.is_admin
              ? "Administrator: also accounts, instruments and runs of everybody"
              : "User: your own portfolios, scenarios and runs"}
          </div>
        </div>
      </div>
      <Group mt="md">
        <Confirm
          action="Sign out everywhere"
          label="Sign out everywhere"
          busy={leave.isPending}
          onConfirm={() => leave.mutate()}
        >
          Signs every browser of yours out, this one too. Tokens of programs keep working.
        </Confirm>
      </Group>
      {leave.error && <Refused error={leave.error} />}
    </section>
  );
}
