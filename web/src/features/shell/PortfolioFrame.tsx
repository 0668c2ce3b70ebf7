import { Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ProblemError } from "~/api/client";
import { briefQuery, type Complete, completeQuery, portfolioQuery } from "~/api/queries";
import { readyQuery } from "~/features/health/queries";
import { PortfolioActions } from "~/features/portfolios/PortfolioActions";
import { day, money, moneyCompact, percent, ratio } from "~/lib/format";
import { findingsCount } from "~/lib/words";
import { Value } from "~/ui/Missing";
import { CardsSkeleton, ErrorState, NotRefreshed } from "~/ui/States";
import { FirstSnapshot } from "./FirstSnapshot";
import { healthOf } from "./health";
import { PortfolioTabs } from "./PortfolioTabs";

/** The document of the session that the address asks for; while it is on its way, the one before of the same portfolio. */
export function useComplete() {
  const { portfolioId } = useParams({ from: "/app/p/$portfolioId" });
  const { as_of } = useSearch({ from: "/app/p/$portfolioId" });
  return useQuery({
    ...completeQuery(portfolioId, as_of ?? null),
    placeholderData: (before, query) => (query?.queryKey[1] === portfolioId ? before : undefined),
  });
}

/** The strip of a portfolio and its pages. */
export function PortfolioFrame() {
  const { portfolioId } = useParams({ from: "/app/p/$portfolioId" });
  const { data, error, dataUpdatedAt, isPlaceholderData, refetch } = useComplete();
  const retry = () => void refetch();
  if (error instanceof ProblemError && error.status === 404) return <Absent error={error} retry={retry} />;
  return (
    <>
      {data ? <Strip found={data} waiting={isPlaceholderData} /> : <StripToCome />}
      <PortfolioTabs portfolioId={portfolioId} />
      {data ? (
        <>
          {error && <NotRefreshed since={dataUpdatedAt} retry={retry} />}
          <div className="rp-waiting" aria-busy={isPlaceholderData}>
            <Outlet />
          </div>
        </>
      ) : error ? (
        <ErrorState error={error} retry={retry} />
      ) : (
        <CardsSkeleton />
      )}
    </>
  );
}

/** As high as the strip that will stand there. */
function StripToCome() {
  return (
    <div className="rp-strip">
      <Unnamed />
      <div className="rp-strip-figures" aria-hidden>
        <Figure label="" note="">
          {"\u00a0"}
        </Figure>
      </div>
      <div className="rp-strip-last" style={UNSEEN} aria-hidden>
        <span className="rp-pill">{"\u00a0"}</span>
      </div>
    </div>
  );
}

const UNSEEN = { visibility: "hidden" } as const;

/** The heading of a page that has no numbers to show. */
function Unnamed() {
  return <h1 className="rp-visually-hidden">Portfolio</h1>;
}

interface AbsentProps {
  readonly error: ProblemError;
  readonly retry: () => void;
}

/** No such session: of a portfolio that has none yet, or of one that is not there. */
function Absent({ error, retry }: AbsentProps) {
  const { portfolioId } = useParams({ from: "/app/p/$portfolioId" });
  const { as_of } = useSearch({ from: "/app/p/$portfolioId" });
  const portfolio = useQuery(portfolioQuery(portfolioId));
  const newest = useQuery({ ...briefQuery(portfolioId), enabled: as_of !== undefined });
  if (portfolio.isPending || newest.isLoading) return <CardsSkeleton />;
  if (portfolio.data && !newest.data) return <FirstSnapshot key={portfolioId} portfolio={portfolio.data} />;
  if (portfolio.error instanceof ProblemError && portfolio.error.status === 404)
    return <NoPortfolio error={portfolio.error} />;
  return (
    <>
      <Unnamed />
      <ErrorState error={error} retry={retry} />
      <p className="rp-absent">
        {portfolio.data && as_of !== undefined ? (
          <Link to="." search={(old) => ({ ...old, as_of: undefined })} className="rp-link">
            Show the newest session
          </Link>
        ) : (
          <Link to="/portfolios" className="rp-link">
            Your portfolios
          </Link>
        )}
      </p>
    </>
  );
}

function NoPortfolio({ error }: { readonly error: ProblemError }) {
  return (
    <>
      <Unnamed />
      <ErrorState
        error={error}
        hint="It was removed, or is not yours. Look at the list of portfolios."
        action={
          <Link to="/portfolios" className="rp-text-link">
            Your portfolios
          </Link>
        }
      />
    </>
  );
}

interface StripProps {
  readonly found: Complete;
  /** Whether another session is on its way. */
  readonly waiting: boolean;
}

function Strip({ found, waiting }: StripProps) {
  const { snapshot, portfolio, data_quality } = found;
  const currency = portfolio.currency;
  const missing = data_quality.missing;
  const gained = snapshot.daily_pnl ?? 0;
  const tone = gained > 0 ? "rp-less" : gained < 0 ? "rp-more" : "";
  const short = (value: number) => moneyCompact(value, currency);
  const { as_of } = useSearch({ from: "/app/p/$portfolioId" });
  const navigate = useNavigate();
  const { data: ready, isPending } = useQuery(readyQuery);
  const { sound, told } = healthOf(
    {
      snapshotDate: snapshot.snapshot_date,
      newest: as_of === undefined && !waiting,
      findings: findingsCount(found),
    },
    isPending ? undefined : (ready ?? "unknown"),
  );
  return (
    <section
      className="rp-strip rp-waiting"
      aria-label={`${portfolio.name} on ${day(snapshot.snapshot_date)}`}
      aria-busy={waiting}
    >
      <h1 className="rp-visually-hidden">{portfolio.name}</h1>
      <p className="rp-print-only rp-print-title" aria-hidden>
        <strong>{portfolio.name}</strong>, {day(snapshot.snapshot_date)}
      </p>
      <div className="rp-strip-figures">
        <Figure label="NAV" note={currency}>
          <Value
            value={snapshot.net_asset_value}
            format={short}
            full={money(snapshot.net_asset_value, currency)}
          />
        </Figure>
        <Figure
          label="Day’s P&L"
          note={snapshot.daily_return === null ? "" : percent(snapshot.daily_return, 2, true)}
        >
          <span className={tone}>
            {gained > 0 ? "▲ " : gained < 0 ? "▼ " : ""}
            <Value
              value={snapshot.daily_pnl}
              format={(value) => moneyCompact(value, currency, true)}
              full={money(snapshot.daily_pnl, currency, true)}
              reason={missing.daily_pnl}
            />
          </span>
        </Figure>
        <Figure label="Gross" note={`${percent(share(snapshot.gross_exposure, snapshot))} of NAV`}>
          <Value
            value={snapshot.gross_exposure}
            format={short}
            full={money(snapshot.gross_exposure, currency)}
          />
        </Figure>
        <Figure label="Net" note={`${percent(share(snapshot.net_exposure, snapshot))} of NAV`}>
          <Value value={snapshot.net_exposure} format={short} full={money(snapshot.net_exposure, currency)} />
        </Figure>
        <Figure label="Leverage" note="gross / NAV">
          <Value value={snapshot.leverage} format={(value) => `${ratio(value)}×`} />
        </Figure>
        <Figure label="Cash" note={`${percent(share(snapshot.cash_value, snapshot))} of NAV`}>
          <Value value={snapshot.cash_value} format={short} full={money(snapshot.cash_value, currency)} />
        </Figure>
        <Figure label="Positions" note={sides(found)}>
          {snapshot.positions_count}
        </Figure>
      </div>
      <div className="rp-strip-last">
        <Tooltip
          label={
            sound
              ? "Nothing is missing, stale or imputed"
              : "What is missing, stale or imputed, and what to do about it"
          }
        >
          <Link
            to="/health"
            search={{ portfolio: portfolio.id }}
            className={sound ? "rp-pill" : "rp-pill rp-pill-more"}
            style={isPending ? UNSEEN : undefined}
          >
            {told}
          </Link>
        </Tooltip>
        <PortfolioActions
          portfolio={portfolio}
          onRemoved={() => navigate({ to: "/portfolios", replace: true })}
        />
      </div>
    </section>
  );
}

function share(value: number, snapshot: Complete["snapshot"]): number | null {
  return snapshot.net_asset_value === 0 ? null : value / snapshot.net_asset_value;
}

function sides(found: Complete): string {
  const held = found.holdings ?? [];
  const short = held.filter((one) => one.quantity < 0).length;
  if (held.length === 0) return "";
  return short === 0 ? "all long" : `${held.length - short} long, ${short} short`;
}

interface FigureProps {
  readonly label: string;
  readonly note: string;
  readonly children: React.ReactNode;
}

function Figure({ label, note, children }: FigureProps) {
  return (
    <div className="rp-figure">
      <div className="rp-figure-label">{label}</div>
      <div className="rp-figure-value">{children}</div>
      <div className="rp-figure-label">{note}</div>
    </div>
  );
}
