import { Button, Skeleton } from "@mantine/core";
import { Refused } from "~/ui/Note";
import { AuthFrame } from "./AuthFrame";

/** Until it is known who asks. */
export function AuthLoading({ title }: { readonly title: string }) {
  return (
    <AuthFrame title={title}>
      <div role="status" aria-label="Loading" aria-busy="true">
        <Skeleton h={58} mb="md" />
        <Skeleton h={58} mb="md" />
        <Skeleton h={36} />
      </div>
    </AuthFrame>
  );
}

interface AuthFailedProps {
  readonly title: string;
  readonly error: unknown;
  readonly again: () => void;
  readonly busy: boolean;
}

/** It cannot be known who asks: the server does not answer. */
export function AuthFailed({ title, error, again, busy }: AuthFailedProps) {
  return (
    <AuthFrame title={title}>
      <Refused error={error} />
      <Button variant="light" mt="md" fullWidth loading={busy} onClick={again}>
        Try again
      </Button>
    </AuthFrame>
  );
}
