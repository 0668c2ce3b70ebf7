import { Button, Checkbox, Group, NumberInput, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { queryClient } from "~/api/cache";
import { answered, api } from "~/api/client";
import { faultOf, isTold } from "~/api/refusals";
import { day } from "~/lib/format";
import { Refused } from "~/ui/Note";
import { SCOPES, type Scope, tokensQuery } from "./account";
import { Secret } from "./Secret";

const USUAL = 90;
const LONGEST = 366;

/** Make a token for a program; its secret is shown once. */
export function TokenForm({ isAdmin }: { readonly isAdmin: boolean }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["read"]);
  const [days, setDays] = useState<number | string>(USUAL);
  const make = useMutation({
    mutationFn: async () => {
      const body = { name: name.trim(), scopes, days: Number(days) };
      return answered(await api.POST("/api/v1/tokens", { body }));
    },
    onSuccess: () => {
      setName("");
      return queryClient.invalidateQueries({ queryKey: tokensQuery.queryKey });
    },
  });
  if (make.data)
    return (
      <Secret
        label={`Token “${make.data.details.name}”`}
        secret={make.data.token}
        onDone={() => make.reset()}
      >
        <strong>Copy it now: it is shown once.</strong> Whoever has it may do what its scopes allow, until{" "}
        {day(make.data.details.expires_at)} or until you revoke it.
      </Secret>
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <Stack gap="sm">
        {make.error && !isTold(make.error, ["name", "days", "scopes"]) && <Refused error={make.error} />}
        <Group gap="sm" align="flex-start">
          <TextInput
            label="What it is for"
            placeholder="nightly export"
            required
            withAsterisk={false}
            maxLength={60}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={faultOf(make.error, "name")}
            className="rp-grow"
          />
          <NumberInput
            label="Days it works"
            min={1}
            max={LONGEST}
            value={days}
            onChange={setDays}
            allowDecimal={false}
            required
            withAsterisk={false}
            w={120}
            error={faultOf(make.error, "days")}
          />
        </Group>
        <Checkbox.Group
          label="What it may"
          value={scopes}
          onChange={(chosen) =>
            setScopes(SCOPES.map(([scope]) => scope).filter((one) => chosen.includes(one)))
          }
          error={scopes.length === 0 ? "Choose at least one." : faultOf(make.error, "scopes")}
        >
          <Stack gap={8} mt={6}>
            {SCOPES.filter(([scope]) => isAdmin || scope !== "admin").map(([scope, about]) => (
              <Checkbox key={scope} value={scope} label={scope} description={about} />
            ))}
          </Stack>
        </Checkbox.Group>
        <div>
          <Button type="submit" loading={make.isPending} disabled={scopes.length === 0}>
            Make a token
          </Button>
        </div>
      </Stack>
    </form>
  );
}
