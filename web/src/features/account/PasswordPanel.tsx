import { Button, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { queryClient } from "~/api/cache";
import { answered, api, rememberCsrf } from "~/api/client";
import { sessionQuery } from "~/api/queries";
import { faultOf, isTold, sentence } from "~/api/refusals";
import { PasswordField } from "~/features/auth/PasswordField";
import { passwordLength } from "~/features/auth/words";
import { Note, Refused } from "~/ui/Note";

const EMPTY = { current: "", wanted: "", again: "" };

/** Another password; whoever else is signed in as this user is signed out. */
export function PasswordPanel() {
  const [typed, setTyped] = useState(EMPTY);
  const [tried, setTried] = useState(false);
  const length = passwordLength(typed.wanted);
  const same = typed.wanted === typed.again;
  const change = useMutation({
    mutationFn: async () => {
      const body = { current_password: typed.current, password: typed.wanted };
      return answered(await api.POST("/api/v1/auth/password", { body }));
    },
    onSuccess: (session) => {
      rememberCsrf(session.csrf_token);
      queryClient.setQueryData(sessionQuery.queryKey, session);
      setTyped(EMPTY);
      setTried(false);
    },
  });
  const fault = faultOf(change.error, "password") ?? (tried && !length.good ? sentence(length.told) : null);
  const field = (name: keyof typeof EMPTY) => ({
    value: typed[name],
    required: true,
    withAsterisk: false,
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setTyped((old) => ({ ...old, [name]: value }));
    },
  });
  return (
    <section className="rp-panel rp-fields" aria-labelledby="account-password">
      <h2 id="account-password">Password</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (length.good && same) change.mutate();
        }}
      >
        <Stack gap="sm" maw={380}>
          {change.isSuccess && (
            <Note kind="good">Your password is changed; every other browser is signed out.</Note>
          )}
          {change.error && !isTold(change.error, ["password", "current_password"]) && (
            <Refused error={change.error} />
          )}
          <PasswordField
            label="Present password"
            autoComplete="current-password"
            error={faultOf(change.error, "current_password")}
            {...field("current")}
          />
          <PasswordField
            label="New password"
            autoComplete="new-password"
            description={fault === null && length.told}
            error={fault}
            {...field("wanted")}
          />
          <PasswordField
            label="The same again"
            autoComplete="new-password"
            error={tried && !same ? "The two are not the same." : null}
            {...field("again")}
          />
          <p className="rp-quiet rp-small">
            Every other browser is signed out; tokens of programs keep working.
          </p>
          <div>
            <Button type="submit" loading={change.isPending}>
              Change the password
            </Button>
          </div>
        </Stack>
      </form>
    </section>
  );
}
