import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isOver, type RunRequest, useRunProgress } from "./useRunProgress";

class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static all: Stream[] = [];
  readyState = 1;
  constructor(readonly url: string) {
    super();
    Stream.all.push(this);
  }
  close() {
    this.readyState = 2;
  }
  tell(name: string, told: Partial<RunRequest>) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(told) }));
  }
}

const TOLD = { sessions_done: 0, sessions_total: null, run_id: null, error: null, hint: null } as const;
const last = () => {
  const stream = Stream.all.at(-1);
  if (stream === undefined) throw new Error("nothing was asked");
  return stream;
};

beforeEach(() => {
  Stream.all = [];
  vi.stubGlobal("EventSource", Stream);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("a run that is followed", () => {
  it("is nothing without a request", () => {
    const { result } = renderHook(() => useRunProgress(null));
    expect(result.current.status).toBe("idle");
    expect(Stream.all).toHaveLength(0);
  });

  it("tells how far it is, and that it has ended", () => {
    const ended = vi.fn();
    const { result } = renderHook(() => useRunProgress(5, ended));
    expect(result.current.status).toBe("waiting");
    expect(last().url).toBe("/api/v1/run-requests/5/events");
    act(() => last().tell("progress", { ...TOLD, status: "running", sessions_done: 0, sessions_total: 3 }));
    expect(result.current).toMatchObject({ status: "running", done: 0, total: 3 });
    expect(isOver(result.current)).toBe(false);
    act(() =>
      last().tell("end", { ...TOLD, status: "partial", sessions_done: 3, sessions_total: 3, run_id: 9 }),
    );
    expect(result.current).toMatchObject({ status: "partial", done: 3, runId: 9 });
    expect(isOver(result.current)).toBe(true);
    expect(last().readyState).toBe(2);
    expect(ended).toHaveBeenCalledOnce();
  });

  it("waits while the browser asks again, and is lost when it may not", () => {
    const { result } = renderHook(() => useRunProgress(5));
    last().readyState = 0;
    act(() => void last().dispatchEvent(new Event("error")));
    expect(result.current.status).toBe("waiting");
    last().readyState = 2;
    act(() => void last().dispatchEvent(new Event("error")));
    expect(result.current.status).toBe("lost");
    expect(result.current.error).not.toBeNull();
  });

  it("is another with another request, and none when nobody looks", () => {
    const { result, rerender, unmount } = renderHook(({ id }) => useRunProgress(id), {
      initialProps: { id: 5 },
    });
    act(() => last().tell("progress", { ...TOLD, status: "running" }));
    const first = last();
    rerender({ id: 6 });
    expect(first.readyState).toBe(2);
    expect(result.current.status).toBe("waiting");
    unmount();
    expect(last().readyState).toBe(2);
  });
});
