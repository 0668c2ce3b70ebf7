import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { type Session, sessionQuery } from "~/api/queries";
import { AuthFrame } from "~/features/auth/AuthFrame";
import { AuthFailed, AuthLoading } from "~/features/auth/AuthStates";
import { beginAs } from "~/features/auth/begin";
import { FirstSteps } from "~/features/auth/FirstSteps";
import { SetupForm } from "~/features/auth/SetupForm";
import { forgetSecret, takeSecret } from "~/features/auth/secret";
import { Note } from "~/ui/Note";

const TITLE = "Set up your account";

/** Where a set-up link leads: a password, then the first steps. */
export function SetupPage() {
  const [secret, setSecret] = useState(takeSecret);
  const { hash } = useLocation();
  const session = useQuery({ ...sessionQuery, refetchOnMount: "always" });
  useEffect(() => {
    if (hash !== "") setSecret(takeSecret()); // another link in the same tab
  }, [hash]);
  const done = (started: Session) => {
    beginAs(started);
    forgetSecret();
    setSecret(null);
  };
  if (session.error) {
    const again = () => void session.refetch();
    return <AuthFailed title={TITLE} error={session.error} again={again} busy={session.isFetching} />;
  }
  if (!session.data || !session.isFetchedAfterMount) return <AuthLoading title={TITLE} />;
  const { kind, name, setup_needed } = session.data;
  if (kind === "local")
    return (
      <AuthFrame title="No accounts here" wide>
        <p>This server runs without accounts, so there is nothing to set up.</p>
        <Button component={Link} to="/portfolios" fullWidth>
          Your portfolios
        </Button>
      </AuthFrame>
    );
  if (secret === null)
    return kind === "nobody" ? (
      <Incomplete />
    ) : (
      <AuthFrame title={`Welcome, ${name ?? ""}`} wide>
        <FirstSteps name={name ?? ""} />
      </AuthFrame>
    );
  return (
    <AuthFrame title={TITLE} wide>
      {kind !== "nobody" && (
        <Note>
          You are signed in as {name}. This link is for another account; using it signs {name} out in this
          browser.
        </Note>
      )}
      <p className="rp-quiet">
        {setup_needed
          ? "You are the first: this account administers the server."
          : "Choose a password. You sign in with it and the name that your administrator told you."}
      </p>
      <SetupForm link={secret} first={setup_needed} onDone={done} />
    </AuthFrame>
  );
}

function Incomplete() {
  return (
    <AuthFrame title="This link is not complete" wide>
      <p>
        A set-up link ends with <code>/setup#</code> and a secret. It works once, for 24 hours, and is not
        kept when the page is loaded again.
      </p>
      <p>
        Open it again as you were given it; or ask your administrator for another one. Whoever runs the server
        prints one by <code>riskpanel user link</code>
      </p>
      <Button component={Link} to="/login" variant="light" fullWidth>
        Sign in
      </Button>
    </AuthFrame>
  );
}
