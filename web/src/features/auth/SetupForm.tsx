import { Button, Stack, TextInput } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answered, api } from "~/api/client";
import type { Session } from "~/api/queries";
import { faultOf, isTold, sentence } from "~/api/refusals";
import { Refused } from "~/ui/Note";
import { PasswordField } from "./PasswordField";
import { passwordLength } from "./words";

interface FormProps {
  readonly link: string;
  /** Whether this is the first administrator, who also chooses a name. */
  readonly first: boolean;
  readonly onDone: (session: Session) => void;
}

const AT_FIELDS = ["name", "password"];

export function SetupForm({ link, first, onDone }: FormProps) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [tried, setTried] = useState(false);
  const length = passwordLength(password);
  const same = password === again;
  const setUp = useMutation({
    mutationFn: async () => {
      const body = { link, password, ...(name.trim() === "" ? {} : { name }) };
      return answered(await api.POST("/api/v1/auth/setup", { body }));
    },
    onSuccess: onDone,
  });
  const submit = () => {
    setTried(true);
    if (length.good && same) setUp.mutate();
  };
  const refused = setUp.error;
  const fault = faultOf(refused, "password") ?? (tried && !length.good ? sentence(length.told) : null);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack gap="md">
        {refused && !isTold(refused, AT_FIELDS) && <Refused error={refused} />}
        {first && (
          <TextInput
            label="Your name"
            description="What you sign in with. Leave it empty if somebody invited you: you have a name."
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={60}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={faultOf(refused, "name")}
          />
        )}
        <PasswordField
          label="Password"
          name="password"
          autoComplete="new-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          description={
            fault === null && (
              <span className={length.good ? "rp-less" : undefined}>
                {length.good && <IconCheck size={13} aria-hidden />} {length.told}
              </span>
            )
          }
          error={fault}
        />
        <PasswordField
          label="The same again"
          name="again"
          autoComplete="new-password"
          required
          withAsterisk={false}
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
          description={again !== "" && same ? "Matches" : ""}
          error={tried && !same ? "The two are not the same." : null}
        />
        <Button type="submit" loading={setUp.isPending} fullWidth>
          Set the password and sign in
        </Button>
      </Stack>
    </form>
  );
}
