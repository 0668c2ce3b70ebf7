import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  redirect,
  rootRouteId,
} from "@tanstack/react-router";
import { queryClient } from "~/api/cache";
import { completeQuery, portfolioQuery, sessionQuery } from "~/api/queries";
import { readyQuery } from "~/features/health/queries";
import { AppFrame } from "~/features/shell/AppFrame";
import { PortfolioFrame } from "~/features/shell/PortfolioFrame";
import { isDay } from "~/lib/days";
import { ErrorState } from "~/ui/States";
import { NotFound } from "./NotFound";

/** What the address of a portfolio's pages holds besides the page: the session shown, and a range of dates. */
export interface PortfolioSearch {
  as_of?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  with?: string | undefined;
}

/** What is no day of the calendar is as if it were not said; each key is answered, or the raw text would stay. */
export function portfolioSearch(search: Readonly<Record<string, unknown>>): PortfolioSearch {
  const dayOf = (key: keyof PortfolioSearch) => (isDay(search[key]) ? search[key] : undefined);
  return { as_of: dayOf("as_of"), from: dayOf("from"), to: dayOf("to"), with: dayOf("with") };
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

const root = createRootRoute({
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => <ErrorState error={error} retry={reset} />,
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search: Record<string, unknown>): { next?: string | undefined } => ({
    next: typeof search.next === "string" ? search.next : undefined,
  }),
  component: lazyRouteComponent(() => import("./LoginPage"), "LoginPage"),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  component: lazyRouteComponent(() => import("./SetupPage"), "SetupPage"),
});

const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData(sessionQuery);
    if (session.kind === "nobody") throw redirect({ to: "/login", search: { next: location.href } });
  },
  component: AppFrame,
});

const home = createRoute({
  getParentRoute: () => app,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/portfolios" });
  },
});

const portfolios = createRoute({
  getParentRoute: () => app,
  path: "/portfolios",
  component: lazyRouteComponent(() => import("./PortfoliosPage"), "PortfoliosPage"),
});

const portfolio = createRoute({
  getParentRoute: () => app,
  path: "/p/$portfolioId",
  params: {
    parse: ({ portfolioId }) => ({ portfolioId: Number(portfolioId) }),
    stringify: ({ portfolioId }) => ({ portfolioId: String(portfolioId) }),
  },
  validateSearch: portfolioSearch,
  beforeLoad: ({ params }) => {
    if (!isId(params.portfolioId)) throw notFound({ routeId: rootRouteId });
  },
  loaderDeps: ({ search }) => ({ asOf: search.as_of ?? null }),
  // Asked for while the scripts of the page are on their way, not after them; what is new enough is not asked again.
  loader: ({ params, deps }) => {
    void queryClient.prefetchQuery(completeQuery(params.portfolioId, deps.asOf));
    void queryClient.prefetchQuery(portfolioQuery(params.portfolioId));
    void queryClient.prefetchQuery(readyQuery);
  },
  component: PortfolioFrame,
});

/** A page with charts: their scripts are asked for together with its own. */
function withCharts<Page>(load: () => Promise<Page>): () => Promise<Page> {
  return () => {
    import("~/charts/echarts").catch(() => undefined); // the chart says so
    return load();
  };
}

const overview = createRoute({
  getParentRoute: () => portfolio,
  path: "/",
  component: lazyRouteComponent(
    withCharts(() => import("./OverviewPage")),
    "OverviewPage",
  ),
});

const positions = createRoute({
  getParentRoute: () => portfolio,
  path: "/positions",
  component: lazyRouteComponent(() => import("./PositionsPage"), "PositionsPage"),
});

const history = createRoute({
  getParentRoute: () => portfolio,
  path: "/history",
  component: lazyRouteComponent(
    withCharts(() => import("./HistoryPage")),
    "HistoryPage",
  ),
});

const stress = createRoute({
  getParentRoute: () => portfolio,
  path: "/stress",
  component: lazyRouteComponent(() => import("./StressPage"), "StressPage"),
});

const correlation = createRoute({
  getParentRoute: () => portfolio,
  path: "/correlation",
  component: lazyRouteComponent(() => import("./CorrelationPage"), "CorrelationPage"),
});

const imports = createRoute({
  getParentRoute: () => app,
  path: "/import",
  component: lazyRouteComponent(() => import("./ImportPage"), "ImportPage"),
});

const runs = createRoute({
  getParentRoute: () => app,
  path: "/runs",
  component: lazyRouteComponent(() => import("./RunsPage"), "RunsPage"),
});

const health = createRoute({
  getParentRoute: () => app,
  path: "/health",
  validateSearch: (search: Record<string, unknown>): { portfolio?: number | undefined } => ({
    portfolio: isId(search.portfolio) ? search.portfolio : undefined,
  }),
  component: lazyRouteComponent(() => import("./HealthPage"), "HealthPage"),
});

const account = createRoute({
  getParentRoute: () => app,
  path: "/account",
  component: lazyRouteComponent(() => import("./AccountPage"), "AccountPage"),
});

const methods = createRoute({
  getParentRoute: () => app,
  path: "/methods",
  component: lazyRouteComponent(() => import("./MethodsPage"), "MethodsPage"),
});

const tree = root.addChildren([
  login,
  setup,
  app.addChildren([
    home,
    portfolios,
    portfolio.addChildren([overview, positions, history, stress, correlation]),
    imports,
    runs,
    health,
    account,
    methods,
  ]),
]);

export const router = createRouter({ routeTree: tree, defaultPreload: "intent", scrollRestoration: true });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
