import { Combobox, InputBase, useCombobox } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { portfoliosQuery } from "~/api/queries";

/** The portfolio that is shown; type to find another. */
export function PortfolioSwitcher() {
  const { portfolioId } = useParams({ strict: false });
  const { data: known } = useQuery(portfoliosQuery);
  const navigate = useNavigate();
  const [wanted, setWanted] = useState("");
  const box = useCombobox({
    onDropdownClose: () => {
      box.resetSelectedOption();
      setWanted("");
    },
    onDropdownOpen: () => box.focusSearchInput(),
  });
  if (portfolioId === undefined || !known) return null;
  const current = known.find((one) => one.id === portfolioId);
  const found = known
    .filter((one) => one.name.toLowerCase().includes(wanted.trim().toLowerCase()))
    .slice(0, 50);
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
          aria-label={`Portfolio: ${current?.name ?? "unknown"}; choose another`}
        >
          {current?.name ?? "Portfolio"}
        </InputBase>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
          placeholder="Find a portfolio"
          aria-label="Find a portfolio"
        />
        <Combobox.Options mah={320} style={{ overflowY: "auto" }}>
          {found.map((one) => (
            <Combobox.Option key={one.id} value={String(one.id)} active={one.id === portfolioId}>
              {one.name}
            </Combobox.Option>
          ))}
          {found.length === 0 && <Combobox.Empty>No portfolio of that name</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
