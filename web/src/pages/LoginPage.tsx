import { useQuery } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect } from "react";
import { type Session, sessionQuery } from "~/api/queries";
import { AuthFrame } from "~/features/auth/AuthFrame";
import { AuthFailed, AuthLoading } from "~/features/auth/AuthStates";
import { beginAs } from "~/features/auth/begin";
import { LoginForm } from "~/features/auth/LoginForm";
import { SetupNeeded } from "~/features/auth/SetupNeeded";
import { localPath } from "~/features/auth/words";

/** Who signs in goes on to what was asked for; who is signed in already goes on at once. */
export function LoginPage() {
  const { next } = useSearch({ from: "/login" });
  const router = useRouter();
  // What was known before may be of a session that has ended.
  const { data, error, isFetchedAfterMount, isFetching, refetch } = useQuery({
    ...sessionQuery,
    refetchOnMount: "always",
  });
  const goOn = useCallback(() => router.history.replace(localPath(next)), [router, next]);
  const known = isFetchedAfterMount && data !== undefined && !isFetching;
  const signedIn = known && data.kind !== "nobody";
  useEffect(() => {
    if (signedIn) goOn();
  }, [signedIn, goOn]);
  const begin = (session: Session) => {
    beginAs(session);
    goOn();
  };
  if (error)
    return <AuthFailed title="Sign in" error={error} again={() => void refetch()} busy={isFetching} />;
  if (!isFetchedAfterMount || signedIn) return <AuthLoading title="Sign in" />;
  return data?.setup_needed ? (
    <AuthFrame title="Set up riskpanel" wide>
      <SetupNeeded again={() => void refetch()} />
    </AuthFrame>
  ) : (
    <AuthFrame title="Sign in">
      <LoginForm onSignedIn={begin} />
    </AuthFrame>
  );
}
