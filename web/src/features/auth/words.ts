/** What sign-in and set-up say. */

const HOME = "/portfolios";
const SELF = "http://this.invalid";

/** Where to go after signing in: an address of this page, never one of another host. */
export function localPath(next: string | undefined): string {
  if (next === undefined || !next.startsWith("/")) return HOME;
  const found = URL.canParse(next, SELF) ? new URL(next, SELF) : null;
  // Two slashes at its beginning would name another host.
  if (found === null || found.origin !== SELF || /^\/\/|^\/(login|setup)\b|^\/$/.test(found.pathname))
    return HOME;
  return `${found.pathname}${found.search}${found.hash}`;
}

const SHORTEST = 12;
const LONGEST = 200;
const LONG = 20;

/** What can honestly be said of a password by looking at its length alone. */
export function passwordLength(password: string): { readonly told: string; readonly good: boolean } {
  const length = [...password].length;
  if (length === 0)
    return { told: `${SHORTEST} characters or more; a sentence of yours is good`, good: false };
  if (length < SHORTEST) return { told: `${SHORTEST - length} more to go`, good: false };
  if (length > LONGEST) return { told: `${length - LONGEST} too many`, good: false };
  if (length < LONG) return { told: `Long enough; ${LONG} or more are harder to guess`, good: true };
  return { told: "Long. What it says is for you to judge", good: true };
}
