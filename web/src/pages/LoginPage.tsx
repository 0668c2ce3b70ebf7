import { Button, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect } from "react";
import { type Session, sessionQuery } from "~/api/queries";
import { AuthFrame } from "~/features/auth/AuthFrame";
import { beginAs } from "~/features/auth/begin";
import { LoginForm } from "~/features/auth/LoginForm";
import { Refused } from "~/features/auth/Note";
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
    return (
      <AuthFrame title="Sign in">
        <Refused error={error} />
        <Button variant="light" mt="md" fullWidth loading={isFetching} onClick={() => void refetch()}>
          Try again
        </Button>
      </AuthFrame>
    );
  if (!isFetchedAfterMount || signedIn)
    return (
      <AuthFrame title="Sign in">
        <div role="status" aria-label="Loading" aria-busy="true">
          <Skeleton h={58} mb="md" />
          <Skeleton h={58} mb="md" />
          <Skeleton h={36} />
        </div>
      </AuthFrame>
    );
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
