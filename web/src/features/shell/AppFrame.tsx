import {
  ActionIcon,
  Anchor,
  Burger,
  Drawer,
  Group,
  Menu,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { spotlight } from "@mantine/spotlight";
import { IconLogout, IconMoon, IconSearch, IconSun, IconUser } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouter } from "@tanstack/react-router";
import { Suspense, useEffect } from "react";
import { forgetAnswers } from "~/api/cache";
import { api } from "~/api/client";
import { sessionQuery } from "~/api/queries";
import { CardsSkeleton } from "~/ui/States";
import { CommandPalette } from "./CommandPalette";
import { HeaderSlot } from "./HeaderSlot";
import { PortfolioSwitcher } from "./PortfolioSwitcher";

const PAGES = [
  { to: "/portfolios", label: "Portfolios" },
  { to: "/import", label: "Import" },
  { to: "/runs", label: "Runs" },
  { to: "/health", label: "Health" },
  { to: "/methods", label: "Methods" },
] as const;

/** The frame of every page: who, which portfolio, which session, and the way to everything else. */
export function AppFrame() {
  const [open, menu] = useDisclosure(false);
  useLeave();
  return (
    <>
      <a href="#content" className="rp-skip">
        Skip to the content
      </a>
      <header className="rp-header rp-no-print">
        <div className="rp-header-row">
          <Group gap="sm" wrap="nowrap" className="rp-header-left">
            <Burger opened={open} onClick={menu.toggle} size="sm" hiddenFrom="md" aria-label="Menu" />
            <Link to="/portfolios" className="rp-mark" aria-label="riskpanel, your portfolios">
              <img src="/icon.svg" width={24} height={24} alt="" />
              <span>riskpanel</span>
            </Link>
            <PortfolioSwitcher />
          </Group>
          <HeaderSlot />
          <Group gap={4} wrap="nowrap">
            <Group component="nav" gap={2} wrap="nowrap" visibleFrom="md" aria-label="Pages">
              {PAGES.map((page) => (
                <Link key={page.to} to={page.to} className="rp-nav" activeProps={{ "aria-current": "page" }}>
                  {page.label}
                </Link>
              ))}
            </Group>
            <Tooltip label="Go to (Ctrl K)">
              <ActionIcon
                variant="subtle"
                color="slate"
                size="lg"
                onClick={spotlight.open}
                aria-label="Go to a portfolio, page or metric"
              >
                <IconSearch size={18} stroke={1.7} />
              </ActionIcon>
            </Tooltip>
            <SchemeButton />
            <AccountMenu />
          </Group>
        </div>
      </header>
      <Drawer opened={open} onClose={menu.close} title="Pages" size="xs" hiddenFrom="md">
        <nav aria-label="Pages">
          {PAGES.map((page) => (
            <Anchor key={page.to} component={Link} to={page.to} display="block" py={10} onClick={menu.close}>
              {page.label}
            </Anchor>
          ))}
        </nav>
      </Drawer>
      <CommandPalette />
      <main id="content" className="rp-page" tabIndex={-1}>
        <Suspense fallback={<CardsSkeleton />}>
          <Outlet />
        </Suspense>
      </main>
    </>
  );
}

/** As soon as nobody is signed in any more: to the sign-in, and from there back to here. */
function useLeave(): void {
  const { data: session } = useQuery(sessionQuery);
  const router = useRouter();
  const gone = session?.kind === "nobody";
  useEffect(() => {
    if (!gone) return;
    const next = router.state.location.href;
    void router.navigate({ to: "/login", search: { next }, replace: true }).then(() => forgetAnswers());
  }, [gone, router]);
}

function SchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme("light") === "dark";
  const label = dark ? "Light colours" : "Dark colours";
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="slate"
        size="lg"
        onClick={() => setColorScheme(dark ? "light" : "dark")}
        aria-label={label}
      >
        {dark ? <IconSun size={18} stroke={1.7} /> : <IconMoon size={18} stroke={1.7} />}
      </ActionIcon>
    </Tooltip>
  );
}

function AccountMenu() {
  const { data: session } = useQuery(sessionQuery);
  const navigate = useNavigate();
  if (!session || session.kind === "local") return null;
  const signOut = async () => {
    try {
      await api.POST("/api/v1/auth/logout");
    } catch {
      // The session has ended already, or the server does not answer: the sign-in finds out and says so.
    } finally {
      await navigate({ to: "/login" });
      forgetAnswers();
    }
  };
  return (
    <Menu position="bottom-end" withArrow>
      <Menu.Target>
        <ActionIcon variant="subtle" color="slate" size="lg" aria-label={`Account of ${session.name ?? ""}`}>
          <IconUser size={18} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {session.name}
          {session.is_admin ? ", administrator" : ""}
        </Menu.Label>
        <Menu.Item component={Link} to="/account" leftSection={<IconUser size={16} />}>
          Password and tokens
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
