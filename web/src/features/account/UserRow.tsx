import { Button, Group } from "@mantine/core";
import { IconBan, IconCheck, IconMail } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { queryClient } from "~/api/cache";
import { answered, api, type Schema } from "~/api/client";
import { day } from "~/lib/format";
import { Refused } from "~/ui/Note";
import { type Invitation, type User, userState, usersQuery } from "./account";
import { Confirm } from "./Confirm";

interface RowProps {
  readonly user: User;
  readonly own: boolean;
  readonly onLink: (invitation: Invitation) => void;
}

export function UserRow({ user, own, onLink }: RowProps) {
  const path = { user_id: user.id };
  const known = () => queryClient.invalidateQueries({ queryKey: usersQuery.queryKey });
  const change = useMutation({
    mutationFn: async (body: Partial<Schema<"UserChange">>) =>
      answered(await api.PATCH("/api/v1/users/{user_id}", { params: { path }, body })),
    onSuccess: known,
  });
  const link = useMutation({
    mutationFn: async () =>
      answered(await api.POST("/api/v1/users/{user_id}/setup-link", { params: { path } })),
    onSuccess: onLink,
  });
  const state = userState(user);
  const refused = change.error ?? link.error;
  return (
    <li data-void={state === "disabled"}>
      <div>
        <strong>{user.name}</strong>
        {own && <span className="rp-quiet"> (you)</span>}
        <div className="rp-quiet rp-small">
          {user.is_admin ? "administrator" : "user"} · since {day(user.created_at)}
          {user.is_local && " · commands on the server act for this account"}
        </div>
      </div>
      <State user={user} />
      {!own && (
        <Group gap={6}>
          {state === "invited" && !user.is_local && (
            <Button
              variant="default"
              size="compact-sm"
              loading={link.isPending}
              onClick={() => link.mutate()}
              aria-label={`New link for ${user.name}`}
            >
              New link
            </Button>
          )}
          <Confirm
            action={user.is_admin ? "Make user" : "Make administrator"}
            label={user.is_admin ? `Make ${user.name} a user` : `Make ${user.name} an administrator`}
            busy={change.isPending}
            onConfirm={() => change.mutate({ is_admin: !user.is_admin })}
          >
            {user.is_admin
              ? `${user.name} may no longer manage accounts and instruments.`
              : `${user.name} may then invite and disable accounts, yours too, and change instruments.`}
          </Confirm>
          {state === "disabled" ? (
            <Button
              variant="default"
              size="compact-sm"
              loading={change.isPending}
              onClick={() => change.mutate({ disabled: false })}
              aria-label={`Enable ${user.name}`}
            >
              Enable
            </Button>
          ) : (
            <Confirm
              action="Disable"
              label={`Disable ${user.name}`}
              busy={change.isPending}
              onConfirm={() => change.mutate({ disabled: true })}
            >
              {user.name} is signed out everywhere and may not sign in; their tokens are void for good.
              Portfolios stay.
            </Confirm>
          )}
        </Group>
      )}
      {refused && (
        <div className="rp-row-fault">
          <Refused error={refused} />
        </div>
      )}
    </li>
  );
}

function State({ user }: { readonly user: User }) {
  const [Icon, words, tone] = {
    works: [IconCheck, "may sign in", "rp-less"] as const,
    invited: [IconMail, "invited, no password yet", ""] as const,
    disabled: [IconBan, `disabled ${day(user.disabled_at)}`, "rp-more"] as const,
  }[userState(user)];
  return (
    <span className={`rp-row-state ${tone}`}>
      <Icon size={15} stroke={1.9} aria-hidden /> {words}
    </span>
  );
}
