/** Slate surfaces, one accent; orange is more risk and loss, blue less risk and gain, never colour alone. */

import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const indigo: MantineColorsTuple = [
  "#eef2ff",
  "#e0e7ff",
  "#c7d2fe",
  "#a5b4fc",
  "#818cf8",
  "#6366f1",
  "#4f46e5",
  "#4338ca",
  "#3730a3",
  "#312e81",
];
const slate: MantineColorsTuple = [
  "#f8fafc",
  "#f1f5f9",
  "#e2e8f0",
  "#cbd5e1",
  "#94a3b8",
  "#64748b",
  "#475569",
  "#334155",
  "#1e293b",
  "#0f172a",
];
const dark: MantineColorsTuple = [
  "#e2e8f0",
  "#cbd5e1",
  "#a8b5c8",
  "#7f8ea5",
  "#4a5a73",
  "#33415a",
  "#223049",
  "#131c2e",
  "#0f1729",
  "#0b1120",
];

export const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: { light: 7, dark: 3 },
  autoContrast: true,
  colors: { indigo, slate, gray: slate, dark },
  defaultRadius: "md",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, monospace",
  fontSizes: { xs: "0.78rem", sm: "0.875rem", md: "0.9375rem", lg: "1.0625rem", xl: "1.25rem" },
  headings: { fontWeight: "600" },
  respectReducedMotion: true,
  components: {
    Tooltip: {
      defaultProps: {
        multiline: true,
        maw: 300,
        withArrow: true,
        events: { hover: true, focus: true, touch: true },
      },
    },
    Table: { defaultProps: { verticalSpacing: 6, horizontalSpacing: "sm" } },
  },
});

/** The colours that carry meaning, in both schemes with a contrast of at least 4.5 to 1 on their surfaces. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#f8fafc",
    "--mantine-color-text": "#0f172a",
    "--mantine-color-error": "#a04708",
    "--mantine-color-dimmed": "#52607a",
    "--rp-surface": "#ffffff",
    "--rp-line": "#dbe2ea",
    "--rp-track": "#e8edf3",
    "--rp-more": "#a04708",
    "--rp-more-soft": "#fdeed9",
    "--rp-less": "#1d5fb8",
    "--rp-less-soft": "#e0ecfb",
    "--rp-accent": "#4338ca",
    "--rp-accent-soft": "#e4e6fd",
    "--rp-second": "#8a97ab",
  },
  dark: {
    "--mantine-color-body": "#0b1120",
    "--mantine-color-text": "#e2e8f0",
    "--mantine-color-error": "#fbad5c",
    "--mantine-primary-color-contrast": "#0b1120",
    "--mantine-color-indigo-light": "#2a2f5e",
    "--mantine-color-indigo-light-hover": "#343b72",
    "--mantine-color-indigo-light-color": "#dfe4ff",
    "--mantine-color-dimmed": "#9aa8bd",
    "--rp-surface": "#131c2e",
    "--rp-line": "#26334a",
    "--rp-track": "#22304a",
    "--rp-more": "#fbad5c",
    "--rp-more-soft": "#40291166",
    "--rp-less": "#7cb4f5",
    "--rp-less-soft": "#17345a",
    "--rp-accent": "#a5b4fc",
    "--rp-accent-soft": "#2a2f5e",
    "--rp-second": "#6b7a93",
  },
});
