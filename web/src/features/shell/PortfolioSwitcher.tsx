import { Combobox, InputBase, useCombobox } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";
import { portfolioQuery } from "~/api/queries";
import { usePortfolios } from "~/api/usePortfolios";
import { number } from "~/lib/format";

const LISTED = 50;

/** The portfolio that is shown; type to find another. */
export function PortfolioSwitcher() {
  const { portfolioId } = useParams({ strict: false });
  return portfolioId === undefined ? null : <Switcher portfolioId={portfolioId} />;
}

function Switcher({ portfolioId }: { readonly portfolioId: number }) {
  const { data: current } = useQuery(portfolioQuery(portfolioId));
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const box = useCombobox({
    onDropdownClose: () => {
      box.resetSelectedOption();
      setTyped("");
    },
    onDropdownOpen: () => box.focusSearchInput(),
  });
  return (
    <Combobox
      store={box}
      onOptionSubmit={(id) => {
        box.closeDropdown();
        void navigate({
          to: ".",
          params: { portfolioId: Number(id) },
          search: (old) => ({ ...old, with: undefined }),
        });
      }}
    >
      <Combobox.Target targetType="button">
        <InputBase
          component="button"
          type="button"
          pointer
          size="xs"
          className="rp-switcher"
          rightSection={<IconChevronDown size={14} />}
          rightSectionPointerEvents="none"
          onClick={() => box.toggleDropdown()}
          title={current?.name}
          aria-label={`Portfolio: ${current?.name ?? "unknown"}; choose another`}
        >
          {current?.name ?? "Portfolio"}
        </InputBase>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          placeholder="Find a portfolio"
          aria-label="Find a portfolio"
        />
        {box.dropdownOpened && <Choices wanted={typed} portfolioId={portfolioId} />}
      </Combobox.Dropdown>
    </Combobox>
  );
}

interface ChoicesProps {
  readonly wanted: string;
  readonly portfolioId: number;
}

/** The portfolios of that name; all are asked for when the list is opened, and not before. */
function Choices({ wanted, portfolioId }: ChoicesProps) {
  const { known, cut, waiting, data, error } = usePortfolios("all");
  const sought = useDeferredValue(wanted).trim().toLowerCase();
  const found = known.filter((one) => one.name.toLowerCase().includes(sought));
  return (
    <>
      <Combobox.Options aria-label="Portfolios" mah={320} style={{ overflowY: "auto" }}>
        {found.slice(0, LISTED).map((one) => (
          <Combobox.Option
            key={one.id}
            value={String(one.id)}
            active={one.id === portfolioId}
            className="rp-any-break"
          >
            {one.name}
          </Combobox.Option>
        ))}
        {found.length === 0 && (
          <Combobox.Empty>
            {data === undefined || waiting
              ? error
                ? "They could not be loaded"
                : "Loading"
              : "No portfolio of that name"}
          </Combobox.Empty>
        )}
      </Combobox.Options>
      {(found.length > LISTED || cut) && (
        <Combobox.Footer>
          <span className="rp-quiet rp-small" aria-live="polite">
            {waiting
              ? "Loading the others"
              : found.length > LISTED
                ? `The first ${LISTED} of ${number(found.length)}: type to find the others`
                : `Of the first ${number(known.length)} by name`}
          </span>
        </Combobox.Footer>
      )}
    </>
  );
}
