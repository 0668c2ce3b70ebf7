import { Link } from "@tanstack/react-router";
import { EmptyState } from "~/ui/States";

export function NotFound() {
  return (
    <main className="rp-page">
      <EmptyState
        title="There is no such page"
        action={
          <Link to="/portfolios" className="rp-link">
            Your portfolios
          </Link>
        }
      >
        The address may be old, or mistyped.
      </EmptyState>
    </main>
  );
}
