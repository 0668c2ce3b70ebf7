"""Changes of portfolios and lots, each followed by a run that brings the newest snapshot up to date."""

from fastapi import APIRouter, Response

from riskpanel.api.access import WriterOf
from riskpanel.api.context import PortfolioId
from riskpanel.api.description import PREFIX
from riskpanel.api.edits import EditsOf
from riskpanel.api.queries import PositionId
from riskpanel.api.schemas.asked import as_fields
from riskpanel.api.schemas.edits import (
    EditedModel,
    PortfolioChange,
    PortfolioInput,
    PositionChange,
    PositionInput,
)

router = APIRouter(tags=["portfolios"])

_LOTS = frozenset({"positions"})


@router.post("/portfolios", status_code=201, summary="Create a portfolio")
def create_portfolio(
    user: WriterOf, edits: EditsOf, asked: PortfolioInput, response: Response
) -> EditedModel:
    """Create a portfolio of yours, with its lots where they are given."""
    lots = [as_fields(lot) for lot in asked.positions]
    edited = edits.holdings.create_portfolio(user, as_fields(asked, without=_LOTS), lots)
    response.headers["location"] = f"{PREFIX}/portfolios/{edited.id}"
    return EditedModel.model_validate(edited)


@router.patch("/portfolios/{portfolio_id}", summary="Change a portfolio")
def change_portfolio(
    user: WriterOf, edits: EditsOf, portfolio_id: PortfolioId, asked: PortfolioChange
) -> EditedModel:
    """Change what is given of a portfolio, and leave the rest."""
    given = {name: cell for name, cell in as_fields(asked).items() if cell is not None}
    return EditedModel.model_validate(edits.holdings.change_portfolio(user, portfolio_id, given))


@router.delete("/portfolios/{portfolio_id}", status_code=204, summary="Remove a portfolio")
def delete_portfolio(user: WriterOf, edits: EditsOf, portfolio_id: PortfolioId) -> None:
    """Remove a portfolio with its lots and its whole history. There is no way back but a backup."""
    edits.holdings.delete_portfolio(user, portfolio_id)


@router.post("/portfolios/{portfolio_id}/positions", status_code=201, summary="Add a lot")
def create_position(
    user: WriterOf, edits: EditsOf, portfolio_id: PortfolioId, asked: PositionInput, response: Response
) -> EditedModel:
    """Add a lot to a portfolio; several lots of a symbol are netted."""
    edited = edits.holdings.create_position(user, portfolio_id, as_fields(asked))
    response.headers["location"] = f"{PREFIX}/positions/{edited.id}"
    return EditedModel.model_validate(edited)


@router.patch("/positions/{position_id}", tags=["positions"], summary="Change a lot")
def change_position(
    user: WriterOf, edits: EditsOf, position_id: PositionId, asked: PositionChange
) -> EditedModel:
    """Change what is given of a lot, and leave the rest."""
    return EditedModel.model_validate(edits.holdings.change_position(user, position_id, as_fields(asked)))


@router.delete("/positions/{position_id}", tags=["positions"], summary="Remove a lot")
def delete_position(user: WriterOf, edits: EditsOf, position_id: PositionId) -> EditedModel:
    """Remove a lot. One that was sold is better given an exit date: then its past stays computable."""
    return EditedModel.model_validate(edits.holdings.delete_position(user, position_id))
