import { Button } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answered, api } from "~/api/client";

/** Whether the server has heard of any symbol; one that has not has no prices either. */
const anySymbolQuery = queryOptions({
  queryKey: ["instruments", "any"],
  queryFn: async () => {
    const { items } = answered(await api.GET("/api/v1/instruments", { params: { query: { limit: 1 } } }));
    return items.length > 0;
  },
});

/** The way from an empty account to the first numbers. */
export function FirstSteps({ name }: { readonly name: string }) {
  const { data: anySymbol } = useQuery(anySymbolQuery);
  const unpriced = anySymbol === false;
  return (
    <>
      <p>
        You are signed in, and sign in as <strong>{name}</strong> from now on. {unpriced ? "Four" : "Three"}{" "}
        steps to the first numbers:
      </p>
      <ol className="rp-first-steps">
        {unpriced && <Prices />}
        <li>
          <h2>Import a positions file</h2>
          <p>
            A CSV with symbol and quantity is enough. You see what would change before anything is stored.
          </p>
        </li>
        <li>
          <h2>The first snapshot</h2>
          <p>
            {unpriced
              ? "It is computed from stored prices: at once where they are there, else by “Compute now” when they are. "
              : "It is computed by itself within seconds, from stored prices. "}
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

/** A server that was just set up has no prices, and the page cannot bring them. */
function Prices() {
  return (
    <li>
      <h2>Prices</h2>
      <p>
        This server has none yet, and no number can be computed without. Once positions are imported, run{" "}
        <code>riskpanel fetch</code> on the server: it brings the prices of what is held and of the market
        index. For a file that you have: <code>riskpanel import prices FILE</code>.
      </p>
    </li>
  );
}
