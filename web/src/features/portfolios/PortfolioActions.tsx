import { ActionIcon, Affix, Menu } from "@mantine/core";
import { IconPencil, IconSettings, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { portfoliosQuery } from "~/api/queries";
import { PortfolioDialog } from "./PortfolioDialog";
import { PortfolioNotice } from "./PortfolioNotice";
import { RemovePortfolio } from "./RemovePortfolio";
import type { Done } from "./terms";

interface PortfolioActionsProps {
  readonly portfolioId: number;
  /** It is gone: a page of its own has to lead elsewhere, and the promise of that is waited for. */
  readonly onRemoved: (done: Done) => void | Promise<void>;
  /** What tells a change; without it the notice floats over the page. */
  readonly onChanged?: (done: Done) => void;
}

/** The menu of a portfolio, wherever it stands: change it, or remove it. */
export function PortfolioActions({ portfolioId, onRemoved, onChanged }: PortfolioActionsProps) {
  const { data: name } = useQuery({
    ...portfoliosQuery,
    select: (all) => all.find((one) => one.id === portfolioId)?.name,
  });
  const target = useRef<HTMLButtonElement>(null);
  const [asked, setAsked] = useState<"change" | "remove" | null>(null);
  const [done, setDone] = useState<Done | null>(null);
  const ask = (what: "change" | "remove") => {
    target.current?.focus(); // where the dialog gives the focus back to, as the menu will be gone
    setAsked(what);
  };
  const close = () => setAsked(null);
  const called = name ?? "this portfolio";
  return (
    <>
      <Menu position="bottom-end" withArrow withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <ActionIcon
            ref={target}
            variant="subtle"
            color="slate"
            className="rp-no-print"
            aria-label={`Change or remove ${called}`}
          >
            <IconSettings size={17} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => ask("change")}>
            Change
          </Menu.Item>
          <Menu.Item leftSection={<IconTrash size={16} aria-hidden />} onClick={() => ask("remove")}>
            Remove
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <PortfolioDialog
        portfolioId={asked === "change" ? portfolioId : undefined}
        onClose={close}
        onDone={onChanged ?? setDone}
      />
      <RemovePortfolio
        portfolio={asked === "remove" && name !== undefined ? { id: portfolioId, name } : undefined}
        onClose={close}
        onDone={onRemoved}
      />
      {done && (
        <Affix position={{ bottom: 16, left: 16, right: 16 }} className="rp-afloat rp-no-print">
          <PortfolioNotice done={done} onClose={() => setDone(null)} />
        </Affix>
      )}
    </>
  );
}
