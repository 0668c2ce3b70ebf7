/** The secret of a set-up link: taken out of the address at once, so that neither history nor a shared address holds it. */

let kept: string | null = null;

export function takeSecret(): string | null {
  const found = window.location.hash.slice(1);
  if (found !== "") {
    kept = found;
    window.history.replaceState(window.history.state, "", window.location.pathname);
  }
  return kept;
}

export function forgetSecret(): void {
  kept = null;
}
