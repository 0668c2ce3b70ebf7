import { Button } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

/** The way from an empty account to the first numbers. */
export function FirstSteps({ name }: { readonly name: string }) {
  return (
    <>
      <p>
        You are signed in, and sign in as <strong>{name}</strong> from now on. Three steps to the first
        numbers:
      </p>
      <ol className="rp-first-steps">
        <li>
          <h2>Import a positions file</h2>
          <p>
            A CSV with symbol and quantity is enough. You see what would change before anything is stored.
          </p>
        </li>
        <li>
          <h2>The first snapshot</h2>
          <p>
            It is computed by itself within seconds, from stored prices;{" "}
            <Link to="/runs" className="rp-link">
              Runs
            </Link>{" "}
            shows how far it is.
          </p>
        </li>
        <li>
          <h2>Your overview</h2>
          <p>
            Volatility, market beta, sectors, concentration and stress, each with what it rests on:{" "}
            <Link to="/portfolios" className="rp-link">
              your portfolios
            </Link>
          </p>
        </li>
      </ol>
      <Button component={Link} to="/import" rightSection={<IconArrowRight size={16} aria-hidden />} fullWidth>
        Import a positions file
      </Button>
    </>
  );
}
