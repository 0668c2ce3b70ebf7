import { Button, Skeleton, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { sessionQuery } from "~/api/queries";
import { PasswordPanel } from "~/features/account/PasswordPanel";
import { TokensPanel } from "~/features/account/TokensPanel";
import { UsersPanel } from "~/features/account/UsersPanel";
import { WhoPanel } from "~/features/account/WhoPanel";
import { Loaded } from "~/ui/Loaded";
import { EmptyState } from "~/ui/States";
import "~/features/account/account.css";
import "~/features/auth/auth.css";
import "~/features/runs/runs.css";

/** One's own account, the tokens of one's programs, and for administrators who else may sign in. */
export function AccountPage() {
  const asked = useQuery(sessionQuery);
  return (
    <div className="rp-account-page">
      <div className="rp-top">
        <Title order={1} size="h2">
          Account
        </Title>
      </div>
      <Loaded
        asked={asked}
        loading={
          <div className="rp-account" role="status" aria-label="Loading" aria-busy="true">
            <Skeleton h={340} radius="md" />
            <Skeleton h={340} radius="md" />
          </div>
        }
      >
        {(session) =>
          session.kind === "local" ? (
            <NoAccounts />
          ) : (
            <div className="rp-account">
              <WhoPanel session={session} />
              <PasswordPanel />
              <TokensPanel isAdmin={session.is_admin} />
              {session.is_admin && <UsersPanel ownId={session.user_id} />}
            </div>
          )
        }
      </Loaded>
    </div>
  );
}

function NoAccounts() {
  return (
    <EmptyState
      title="This server runs without accounts"
      action={
        <Button component={Link} to="/portfolios" variant="light">
          Your portfolios
        </Button>
      }
    >
      It was started with <code className="rp-code">--no-auth</code> or{" "}
      <code className="rp-code rp-unbroken">--demo</code> and listens on this machine only, so whoever uses
      this machine is its one user. For passwords, tokens and other users, start{" "}
      <code className="rp-code">riskpanel serve</code> without it: it prints a link by which you set up an
      account, which keeps the portfolios that are here.
    </EmptyState>
  );
}
