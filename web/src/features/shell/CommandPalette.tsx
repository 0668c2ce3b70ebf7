import { Spotlight, type SpotlightActionData } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { portfoliosQuery } from "~/api/queries";
import { PORTFOLIO_PAGES } from "./portfolioPages";

const OF_ALL = [
  ["Portfolios", "/portfolios"],
  ["Import", "/import"],
  ["Runs", "/runs"],
  ["Health", "/health"],
  ["Methods", "/methods"],
] as const;

/** Ctrl K: go to a portfolio or a page by its name. */
export function CommandPalette() {
  const { portfolioId } = useParams({ strict: false });
  const { data: known } = useQuery(portfoliosQuery);
  const navigate = useNavigate();
  const pages: SpotlightActionData[] = [
    ...(portfolioId === undefined
      ? []
      : PORTFOLIO_PAGES.map(([label, to]) => ({
          id: to,
          label,
          description: "of this portfolio",
          onClick: () => void navigate({ to, params: { portfolioId } }),
        }))),
    ...OF_ALL.map(([label, to]) => ({ id: to, label, onClick: () => void navigate({ to }) })),
  ];
  const portfolios: SpotlightActionData[] = (known ?? []).map((one) => ({
    id: `p${one.id}`,
    label: one.name,
    description: "portfolio",
    onClick: () => void navigate({ to: "/p/$portfolioId", params: { portfolioId: one.id } }),
  }));
  return (
    <Spotlight
      actions={[
        { group: "Pages", actions: pages },
        { group: "Portfolios", actions: portfolios },
      ]}
      shortcut={["mod + K"]}
      nothingFound="Nothing of that name"
      highlightQuery
      scrollable
      maxHeight={420}
      limit={20}
      searchProps={{
        leftSection: <IconSearch size={18} stroke={1.6} />,
        placeholder: "Portfolio or page",
        "aria-label": "Go to a portfolio or page",
      }}
    />
  );
}
