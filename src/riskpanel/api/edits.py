"""What requests change: done by the shell around nights and handed in, as this package only reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request

from riskpanel.book.import_reports import Edited, HoldingsReport, InstrumentReport, ScenarioReport

Fields = Mapping[str, str | None]
"""Fields as text, as a file would hold them; None is an empty cell."""


class HoldingsEdits(Protocol):
    """Changes portfolios and lots of a user; see `riskpanel.nightly.editor`."""

    def create_portfolio(self, user_id: int, fields: Fields, lots: Sequence[Fields]) -> Edited:
        """Create a portfolio with its lots."""
        ...

    def change_portfolio(self, user_id: int, portfolio_id: int, fields: Fields) -> Edited:
        """Change what is given of a portfolio."""
        ...

    def delete_portfolio(self, user_id: int, portfolio_id: int) -> None:
        """Remove a portfolio with all that is stored of it."""
        ...

    def create_position(self, user_id: int, portfolio_id: int, fields: Fields) -> Edited:
        """Add a lot to a portfolio."""
        ...

    def change_position(self, user_id: int, position_id: int, fields: Fields) -> Edited:
        """Change what is given of a lot."""
        ...

    def delete_position(self, user_id: int, position_id: int) -> Edited:
        """Remove a lot."""
        ...


class DefinitionEdits(Protocol):
    """Changes scenarios and instruments; see `riskpanel.nightly.definitions`."""

    def save_scenario(
        self, user_id: int, scenario_id: int | None, name: str, table: Mapping[str, object]
    ) -> Edited:
        """Create a scenario of a user, or change the one with an id."""
        ...

    def delete_scenario(self, user_id: int, scenario_id: int) -> Edited:
        """Remove a scenario of a user."""
        ...

    def save_instrument(self, fields: Fields) -> str:
        """Say what an instrument is, for all users; return its symbol."""
        ...


class FileImports(Protocol):
    """Imports what was sent; see `riskpanel.nightly.uploads`."""

    def positions(
        self,
        user_id: int,
        name: str,
        content: bytes,
        *,
        dry_run: bool,
        replace: bool,
        portfolio: str | None,
        cash: Decimal | None,
        equity: Decimal | None,
        market_index: str | None,
    ) -> HoldingsReport:
        """Import positions."""
        ...

    def portfolios(self, user_id: int, name: str, content: bytes, *, dry_run: bool) -> HoldingsReport:
        """Import portfolios."""
        ...

    def instruments(self, name: str, content: bytes, *, dry_run: bool) -> InstrumentReport:
        """Import what instruments are, for all users."""
        ...

    def scenarios(
        self, user_id: int, name: str, content: bytes, *, dry_run: bool, replace: bool
    ) -> ScenarioReport:
        """Import a user's scenarios."""
        ...


@dataclass(frozen=True, slots=True)
class Edits:
    """Everything that a request can change but accounts."""

    holdings: HoldingsEdits
    definitions: DefinitionEdits
    imports: FileImports


def edits_of(request: Request) -> Edits:
    """Return what the application was created with."""
    return cast("Edits", request.app.state.edits)


EditsOf = Annotated[Edits, Depends(edits_of)]
