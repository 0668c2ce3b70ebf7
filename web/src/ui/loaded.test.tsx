import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Loaded } from "./Loaded";

beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {}, removeEventListener() {} }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function shown(data: string | undefined, error: unknown) {
  const refetch = vi.fn();
  const asked = { data, error, dataUpdatedAt: new Date(2022, 11, 28, 14, 2).getTime(), refetch };
  render(
    <MantineProvider>
      <Loaded asked={asked} loading="Loading" failed={() => "It failed"}>
        {(known) => <input defaultValue={known} aria-label="Typed" />}
      </Loaded>
    </MantineProvider>,
  );
  return refetch;
}

it("keeps what is known where it cannot be asked again, and says of when it is", () => {
  const refetch = shown("known", new Error("500"));
  expect(screen.getByLabelText("Typed")).toHaveProperty("value", "known");
  expect(screen.getByRole("status").textContent).toContain("Could not be refreshed; shown as of 14:02.");
  screen.getByRole("button", { name: "Try again" }).click();
  expect(refetch).toHaveBeenCalledOnce();
});

it("is an error only where nothing is known", () => {
  shown(undefined, new Error("500"));
  expect(screen.getByText("It failed")).toBeDefined();
  cleanup();
  shown("known", null);
  expect(screen.queryByRole("status")).toBeNull();
});
