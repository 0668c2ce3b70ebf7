import { Button } from "@mantine/core";

/** Nobody can sign in yet: the way in is a link that only whoever runs the server can read. */
export function SetupNeeded({ again }: { readonly again: () => void }) {
  return (
    <>
      <p>Nobody has a password here yet.</p>
      <ol className="rp-plain-steps">
        <li>
          Look where <code>riskpanel serve</code> was started: it has printed a link that begins with{" "}
          <code>{`${window.location.origin}/setup#`}</code>
        </li>
        <li>Open that link in this browser, and choose a name and a password.</li>
      </ol>
      <p>
        The link works once, for 24 hours. For another one, run on the server:{" "}
        <code>riskpanel user link</code>
      </p>
      <Button variant="light" onClick={again} fullWidth mt="sm">
        I have set it up
      </Button>
    </>
  );
}
