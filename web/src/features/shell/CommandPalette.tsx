import { Spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useMemo, useState } from "react";
import { completeQuery, sessionQuery } from "~/api/queries";
import { usePortfolios } from "~/api/usePortfolios";
import { isDay } from "~/lib/days";
import { number } from "~/lib/format";
import { offered, type Place, type PlaceGroup } from "./palette";
import { PORTFOLIO_PAGES } from "./portfolioPages";

const OF_ALL = [
  ["Portfolios", "/portfolios"],
  ["Import", "/import"],
  ["Runs", "/runs"],
  ["Health", "/health"],
  ["Methods", "/methods"],
] as const;

/** Ctrl K: go to a portfolio, a page, a symbol or a metric by its name. */
export function CommandPalette() {
  const [opened, setOpened] = useState(false);
  const [typed, setTyped] = useState("");
  const sought = useDeferredValue(typed);
  const { groups, note } = usePlaces(opened);
  const actions = useMemo(() => (opened ? actionsOf(offered(groups, sought)) : []), [opened, groups, sought]);
  return (
    <Spotlight
      actions={actions}
      filter={(_, all) => all}
      query={typed}
      onQueryChange={setTyped}
      onSpotlightOpen={() => setOpened(true)}
      onSpotlightClose={() => setOpened(false)}
      shortcut={["mod + K"]}
      nothingFound={note ?? "Nothing of that name"}
      highlightQuery
      scrollable
      maxHeight={420}
      searchProps={{
        ref: nameDialog,
        leftSection: <IconSearch size={18} stroke={1.6} />,
        placeholder: "Portfolio, page, symbol or metric",
        "aria-label": "Go to a portfolio, page, symbol or metric",
      }}
    />
  );
}

/** The palette has no title that could name its dialog, and no other way to name it. */
function nameDialog(field: HTMLInputElement | null): void {
  field?.closest("[role=dialog]")?.setAttribute("aria-label", "Go to");
}

function actionsOf(groups: readonly PlaceGroup[]): SpotlightActionGroupData[] {
  return groups.map(({ group, places }) => ({
    group,
    actions: places.map(({ id, label, description, go }) => ({
      id,
      label,
      onClick: go,
      ...(description === undefined ? {} : { description }),
    })),
  }));
}

/** Every place there is; what has to be asked for is asked for when the palette is open. */
function usePlaces(opened: boolean): { groups: readonly PlaceGroup[]; note: string | null } {
  const { portfolioId } = useParams({ strict: false });
  const { known, cut, waiting } = usePortfolios(opened ? "all" : "none");
  const pages = usePages(portfolioId);
  const symbols = useSymbols(portfolioId, opened);
  const metrics = useMetrics(opened);
  const navigate = useNavigate();
  const portfolios = useMemo(
    () =>
      known.map(
        (one): Place => ({
          id: `p${one.id}`,
          label: one.name,
          description: "portfolio",
          go: () => void navigate({ to: "/p/$portfolioId", params: { portfolioId: one.id } }),
        }),
      ),
    [known, navigate],
  );
  const note = waiting
    ? "Loading the other portfolios"
    : cut
      ? `Nothing of that name among the first ${number(known.length)} portfolios`
      : null;
  const groups = useMemo(
    () => [
      { group: "Pages", places: pages },
      { group: "Portfolios", places: portfolios },
      { group: "Symbols of this portfolio", places: symbols },
      { group: "Metrics", places: metrics },
    ],
    [pages, portfolios, symbols, metrics],
  );
  return { groups, note };
}

function usePages(portfolioId: number | undefined): readonly Place[] {
  const { data: session } = useQuery(sessionQuery);
  const navigate = useNavigate();
  const signedIn = session?.kind === "login";
  return useMemo(() => {
    const own = PORTFOLIO_PAGES.map(
      ([label, to]): Place => ({
        id: to,
        label,
        description: "of this portfolio",
        go: () =>
          portfolioId !== undefined &&
          void navigate({ to, params: { portfolioId }, search: ({ as_of }) => ({ as_of }) }),
      }),
    );
    const of_all = OF_ALL.map(([label, to]): Place => ({ id: to, label, go: () => void navigate({ to }) }));
    const account: Place = {
      id: "/account",
      label: "Account",
      words: "password tokens",
      go: () => void navigate({ to: "/account" }),
    };
    return [...(portfolioId === undefined ? [] : own), ...of_all, ...(signedIn ? [account] : [])];
  }, [portfolioId, navigate, signedIn]);
}

/** What the positions page is narrowed by. */
function narrowedTo(symbol: string, as_of: string | undefined) {
  return { as_of, q: symbol };
}

function useSymbols(portfolioId: number | undefined, opened: boolean): readonly Place[] {
  const { as_of: asked } = useSearch({ strict: false });
  const as_of = isDay(asked) ? asked : undefined;
  const navigate = useNavigate();
  const { data } = useQuery({
    ...completeQuery(portfolioId ?? 0, as_of ?? null),
    enabled: opened && portfolioId !== undefined,
  });
  return useMemo(
    () =>
      portfolioId === undefined
        ? []
        : (data?.holdings ?? []).map(
            ({ symbol, name }): Place => ({
              id: `s${symbol}`,
              label: symbol,
              words: name ?? "",
              ...(name === null ? {} : { description: name }),
              go: () =>
                void navigate({
                  to: "/p/$portfolioId/positions",
                  params: { portfolioId },
                  search: narrowedTo(symbol, as_of),
                }),
            }),
          ),
    [portfolioId, data, as_of, navigate],
  );
}

const NONE: readonly Place[] = [];

function useMetrics(opened: boolean): readonly Place[] {
  const navigate = useNavigate();
  const { data } = useQuery({
    queryKey: ["metrics-of-methods"],
    queryFn: () => import("~/features/methods/metrics").then(({ METRICS }) => METRICS),
    enabled: opened,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return useMemo(
    () =>
      data?.map(
        ({ id, title, words }): Place => ({
          id: `m${id}`,
          label: title,
          words,
          description: "how it is computed",
          go: () => void navigate({ to: "/methods", hash: id }),
        }),
      ) ?? NONE,
    [data, navigate],
  );
}
