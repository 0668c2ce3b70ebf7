import "@mantine/core/styles.css";
import "@mantine/spotlight/styles.css";
import "./ui/base.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/cache";
import { router } from "./pages/router";
import { theme, variables } from "./ui/theme";
import { usePrinting } from "./ui/usePrinting";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root");

/** Everything; paper is white, whichever colours are chosen. */
function Root() {
  const scheme = usePrinting() ? { forceColorScheme: "light" as const } : {};
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" {...scheme}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}

createRoot(root).render(
  <StrictMode>
    <Root />
  </StrictMode>,
);
