import { ActionIcon, Affix, Menu } from "@mantine/core";
import { IconPencil, IconSettings, IconTrash } from "@tabler/icons-react";
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { PortfolioDialog } from "./PortfolioDialog";
import { PortfolioNotice } from "./PortfolioNotice";
import { RemovePortfolio } from "./RemovePortfolio";
import type { Done } from "./terms";

interface Named {
  readonly id: number;
  readonly name: string;
}

interface PortfolioActionsProps {
  readonly portfolio: Named;
  /** It is gone: a page of its own has to lead elsewhere, and the promise of that is waited for. */
  readonly onRemoved: (done: Done) => void | Promise<void>;
}

/** The menu of the one portfolio of a page: change it, or remove it. */
export function PortfolioActions({ portfolio, onRemoved }: PortfolioActionsProps) {
  const target = useRef<HTMLButtonElement>(null);
  const [asked, setAsked] = useState<Wish | null>(null);
  const [done, setDone] = useState<Done | null>(null);
  const ask = (wish: Wish) => {
    target.current?.focus(); // where the dialog gives the focus back to, as the menu will be gone
    setAsked(wish);
  };
  return (
    <>
      <Menu position="bottom-end" withArrow withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <ActionIcon ref={target} {...LOOK} aria-label={`Change or remove ${portfolio.name}`}>
            <IconSettings size={17} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Choices onAsk={ask} />
      </Menu>
      <Dialogs
        asked={asked}
        portfolio={portfolio}
        onClose={() => setAsked(null)}
        onChanged={setDone}
        onRemoved={onRemoved}
      />
      {done && (
        <Affix position={{ bottom: 16, left: 16, right: 16 }} className="rp-afloat rp-no-print">
          <PortfolioNotice done={done} onClose={() => setDone(null)} />
        </Affix>
      )}
    </>
  );
}

interface RowsActionsProps {
  readonly onDone: (done: Done) => void;
  /** The rows; each puts the button of its portfolio where it belongs. */
  readonly children: (button: (portfolio: Named) => ReactNode) => ReactNode;
}

interface Opened {
  readonly portfolio: Named;
  readonly button: HTMLButtonElement;
}

/** One menu and one pair of dialogs for all rows; the menu opens at the button that was pressed. */
export function RowsActions({ onDone, children }: RowsActionsProps) {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [wish, setWish] = useState<{ readonly portfolio: Named; readonly asked: Wish | null }>(NO_WISH);
  const button = (portfolio: Named) => (
    <ActionIcon
      {...LOOK}
      aria-label={`Change or remove ${portfolio.name}`}
      aria-haspopup="menu"
      aria-expanded={opened?.portfolio.id === portfolio.id}
      onClick={({ currentTarget }) =>
        setOpened((old) => (old?.button === currentTarget ? null : { portfolio, button: currentTarget }))
      }
    >
      <IconSettings size={17} stroke={1.7} aria-hidden />
    </ActionIcon>
  );
  const close = () => {
    opened?.button.focus(); // which a dialog gives the focus back to
    setOpened(null);
  };
  const closeDialog = () => setWish((old) => ({ ...old, asked: null }));
  const ask = (asked: Wish) => {
    if (opened !== null) setWish({ portfolio: opened.portfolio, asked });
    close();
  };
  return (
    <>
      {children(button)}
      <Menu
        opened={opened !== null}
        onClose={close}
        position="bottom-end"
        withArrow
        withInitialFocusPlaceholder={false}
        returnFocus={false}
      >
        <Menu.Target refProp="place">
          <Beside button={opened?.button ?? null} />
        </Menu.Target>
        <Choices onAsk={ask} label={`Change or remove ${opened?.portfolio.name ?? ""}`} />
      </Menu>
      <Dialogs
        asked={wish.asked}
        portfolio={wish.portfolio}
        onClose={closeDialog}
        onChanged={onDone}
        onRemoved={(done) => {
          closeDialog(); // as its row will be gone
          onDone(done);
        }}
      />
    </>
  );
}

interface BesideProps {
  readonly button: HTMLButtonElement | null;
  readonly place?: (button: HTMLButtonElement | null) => void;
}

/** Tells a menu which button it belongs to, though that stands in a row. */
function Beside({ button, place }: BesideProps) {
  useLayoutEffect(() => place?.(button), [button, place]);
  return null;
}

type Wish = "change" | "remove";

const NO_WISH = { portfolio: { id: 0, name: "" }, asked: null } as const;
const LOOK = { variant: "subtle", color: "slate", className: "rp-no-print" } as const;

interface ChoicesProps {
  readonly onAsk: (wish: Wish) => void;
  /** Where no target of the menu names it. */
  readonly label?: string;
}

function Choices({ onAsk, label }: ChoicesProps) {
  return (
    <Menu.Dropdown {...(label === undefined ? {} : { "aria-label": label, "aria-labelledby": "" })}>
      <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => onAsk("change")}>
        Change
      </Menu.Item>
      <Menu.Item leftSection={<IconTrash size={16} aria-hidden />} onClick={() => onAsk("remove")}>
        Remove
      </Menu.Item>
    </Menu.Dropdown>
  );
}

interface DialogsProps {
  readonly asked: Wish | null;
  readonly portfolio: Named;
  readonly onClose: () => void;
  readonly onChanged: (done: Done) => void;
  readonly onRemoved: (done: Done) => void | Promise<void>;
}

function Dialogs({ asked, portfolio, onClose, onChanged, onRemoved }: DialogsProps) {
  return (
    <>
      <PortfolioDialog
        portfolioId={asked === "change" ? portfolio.id : undefined}
        onClose={onClose}
        onDone={onChanged}
      />
      <RemovePortfolio
        portfolio={asked === "remove" ? portfolio : undefined}
        onClose={onClose}
        onDone={onRemoved}
      />
    </>
  );
}
