import { expect, it } from "vitest";
import { portfolioSearch } from "./router";

it("answers each key of the address, so that no raw text is left where it is no day", () => {
  expect(
    portfolioSearch({ as_of: "2022-12-28", from: "foo", to: 20221228, with: "2024-13-45" }),
  ).toStrictEqual({
    as_of: "2022-12-28",
    from: undefined,
    to: undefined,
    with: undefined,
  });
});
