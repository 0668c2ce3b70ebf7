import { Fragment, type ReactNode } from "react";

/** Facts one after another, with a dot between; what is nothing is left out. */
export function Joined({ facts }: { readonly facts: readonly ReactNode[] }) {
  const told = facts.filter((fact) => fact !== null && fact !== undefined && fact !== false && fact !== "");
  return told.map((fact, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a fact is its place
    <Fragment key={at}>
      {at > 0 && " · "}
      {fact}
    </Fragment>
  ));
}
