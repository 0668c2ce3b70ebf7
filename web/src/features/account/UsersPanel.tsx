import { Button, Checkbox, Group, Skeleton, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queryClient } from "~/api/cache";
import { answered, api } from "~/api/client";
import { faultOf, isTold } from "~/api/refusals";
import { moment } from "~/lib/format";
import { Loaded } from "~/ui/Loaded";
import { Refused } from "~/ui/Note";
import { type Invitation, setupAddress, usersQuery } from "./account";
import { Secret } from "./Secret";
import { UserRow } from "./UserRow";

/** Who may sign in; what they own is not an administrator's to see. */
export function UsersPanel({ ownId }: { readonly ownId: number | null }) {
  const asked = useQuery(usersQuery);
  const [invitation, setInvitation] = useState<Invitation | null>(null);
  return (
    <section className="rp-panel rp-fields" aria-labelledby="account-users">
      <h2 id="account-users">Accounts</h2>
      <p className="rp-quiet">
        Who may sign in. You see neither their portfolios nor their passwords: each sets a password by a link
        of their own.
      </p>
      {invitation === null ? (
        <Invite onInvited={setInvitation} />
      ) : (
        <Secret
          label={`Link for ${invitation.user.name}`}
          secret={setupAddress(window.location.origin, invitation.link)}
          onDone={() => setInvitation(null)}
        >
          <strong>Copy it now: it is shown once.</strong> Send it to {invitation.user.name} in private:
          whoever opens it first chooses the password. It works once, until {moment(invitation.expires_at)}.
        </Secret>
      )}
      <Loaded
        asked={asked}
        loading={<Skeleton h={120} mt="md" />}
        failed={(error) => <Refused error={error} />}
      >
        {(data) => (
          <ul className="rp-rows" aria-label="Accounts">
            {data.map((user) => (
              <UserRow key={user.id} user={user} own={user.id === ownId} onLink={setInvitation} />
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}

function Invite({ onInvited }: { readonly onInvited: (invitation: Invitation) => void }) {
  const [name, setName] = useState("");
  const [isAdmin, setAdmin] = useState(false);
  const invite = useMutation({
    mutationFn: async () =>
      answered(await api.POST("/api/v1/users", { body: { name: name.trim(), is_admin: isAdmin } })),
    onSuccess: (invitation) => {
      onInvited(invitation);
      return queryClient.invalidateQueries({ queryKey: usersQuery.queryKey });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        invite.mutate();
      }}
    >
      {invite.error && !isTold(invite.error, ["name"]) && <Refused error={invite.error} />}
      <Group gap="sm" align="flex-start" className="rp-invite">
        <TextInput
          label="Name of a new account"
          required
          withAsterisk={false}
          maxLength={60}
          autoComplete="off"
          autoCapitalize="none"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={faultOf(invite.error, "name")}
          className="rp-grow"
        />
        <Checkbox
          label="Administrator"
          checked={isAdmin}
          onChange={(event) => setAdmin(event.currentTarget.checked)}
          className="rp-beside-check"
        />
        <Button type="submit" loading={invite.isPending} className="rp-beside">
          Invite
        </Button>
      </Group>
    </form>
  );
}
