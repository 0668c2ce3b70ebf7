import { Link, useLocation } from "@tanstack/react-router";
import { AuthFrame } from "~/features/auth/AuthFrame";

export function NotFound() {
  const { pathname } = useLocation();
  return (
    <AuthFrame title="There is no such page" wide>
      <p>
        Nothing is at <code>{pathname}</code>: the address may be old, or mistyped.
      </p>
      <Link to="/portfolios" className="rp-text-link">
        Your portfolios
      </Link>
    </AuthFrame>
  );
}
