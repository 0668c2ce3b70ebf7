import { afterEach, expect, it, vi } from "vitest";
import { saveBlob } from "./csv";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("keeps the address of a file until the browser has begun to save it", () => {
  vi.useFakeTimers();
  const revoked = vi.fn();
  vi.stubGlobal("URL", { createObjectURL: () => "#file", revokeObjectURL: revoked });
  saveBlob("a.csv", new Blob(["a"]));
  vi.advanceTimersByTime(5_000);
  expect(revoked).not.toHaveBeenCalled();
  vi.advanceTimersByTime(120_000);
  expect(revoked).toHaveBeenCalledExactlyOnceWith("#file");
});
