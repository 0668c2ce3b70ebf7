import type { ReactNode } from "react";
import { ErrorState, NotRefreshed } from "./States";

interface Asked<Data> {
  readonly data: Data | undefined;
  readonly error: unknown;
  readonly dataUpdatedAt: number;
  readonly refetch: () => unknown;
}

interface LoadedProps<Data> {
  readonly asked: Asked<Data>;
  /** What stands here until the first answer. */
  readonly loading: ReactNode;
  /** How a first failure is told, where the usual way takes too much room. */
  readonly failed?: (error: unknown) => ReactNode;
  readonly children: (data: Data) => ReactNode;
}

/** What was asked for: what is known stays on the page, also where it cannot be asked again. */
export function Loaded<Data>({ asked, loading, failed, children }: LoadedProps<Data>) {
  const { data, error, dataUpdatedAt } = asked;
  const retry = () => void asked.refetch();
  if (data !== undefined)
    return (
      <>
        {error !== null && <NotRefreshed since={dataUpdatedAt} retry={retry} />}
        {children(data)}
      </>
    );
  if (error === null) return loading;
  return failed ? failed(error) : <ErrorState error={error} retry={retry} />;
}
