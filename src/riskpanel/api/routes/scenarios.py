"""Your stress scenarios, and moves to try on a portfolio."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from riskpanel.api.access import UserOf, WriterOf
from riskpanel.api.context import PortfolioId, StoreOf
from riskpanel.api.description import PREFIX
from riskpanel.api.edits import EditsOf
from riskpanel.api.paging import KeyText, Listing, Page
from riskpanel.api.queries import PartOf, ScenarioId
from riskpanel.api.schemas.edits import EditedModel
from riskpanel.api.schemas.scenarios import ScenarioInput, ScenarioModel, StressInput, StressOnDemandModel
from riskpanel.book.scenarios import UserScenario
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.book.stress_on_demand import build_stress_on_demand
from riskpanel.errors import FieldsError
from riskpanel.store.complete import load_complete
from riskpanel.store.scenarios import load_own_scenario, load_own_scenarios

router = APIRouter(tags=["stress"])

_BY_NAME = Listing("scenarios", tuple[KeyText])


@router.get("/scenarios", summary="Your scenarios, by name")
def list_scenarios(store: StoreOf, user: UserOf, part: PartOf) -> Page[ScenarioModel]:
    """Answer the scenarios that are yours; those built in stand in docs/scenarios.md."""
    after = _BY_NAME.decode(part.cursor)
    with store.read() as conn:
        rows = load_own_scenarios(conn, user_id=user, after=after, limit=part.limit + 1)
    return _BY_NAME.page(rows, part.limit, item=lambda row: _model(*row), key=lambda row: (row[1].name,))


@router.get("/scenarios/{scenario_id}", summary="One of your scenarios")
def show_scenario(store: StoreOf, user: UserOf, scenario_id: ScenarioId) -> ScenarioModel:
    """Answer what a scenario moves, or which window of the past it replays."""
    with store.read() as conn:
        return _model(scenario_id, load_own_scenario(conn, scenario_id, user_id=user))


@router.post("/scenarios", status_code=201, summary="Create a scenario")
def create_scenario(user: WriterOf, edits: EditsOf, asked: ScenarioInput, response: Response) -> EditedModel:
    """Create a scenario of yours; it is computed at once for your portfolios, and by each night."""
    edited = edits.definitions.save_scenario(user, None, asked.name, asked.as_table())
    response.headers["location"] = f"{PREFIX}/scenarios/{edited.id}"
    return EditedModel.model_validate(edited)


@router.put("/scenarios/{scenario_id}", summary="Change a scenario")
def change_scenario(
    user: WriterOf, edits: EditsOf, scenario_id: ScenarioId, asked: ScenarioInput
) -> EditedModel:
    """Put another scenario in the place of one of yours."""
    edited = edits.definitions.save_scenario(user, scenario_id, asked.name, asked.as_table())
    return EditedModel.model_validate(edited)


@router.delete("/scenarios/{scenario_id}", summary="Remove a scenario")
def delete_scenario(user: WriterOf, edits: EditsOf, scenario_id: ScenarioId) -> EditedModel:
    """Remove a scenario; it goes from the newest snapshots at once, and stays in older ones."""
    return EditedModel.model_validate(edits.definitions.delete_scenario(user, scenario_id))


@router.post("/portfolios/{portfolio_id}/stress", summary="Try moves on a portfolio")
def try_stress(
    store: StoreOf, user: UserOf, portfolio_id: PortfolioId, asked: StressInput
) -> StressOnDemandModel:
    """Answer what a move of the market, or of sectors, would do, position by position; nothing is stored.

    Each position moves by its beta times the market's move, or by its sector's where that is given: what the
    nights do with scenarios, at the same prices and betas. A fund that the snapshot counts by its sectors
    moves by them. Where a sector moves, what has no sector is not covered: it may belong to that one.
    """
    with store.read() as conn:
        found = load_complete(conn, portfolio_id, user_id=user, as_of=asked.as_of_date)
    sectors = _known_sectors(asked.sectors or {})
    if asked.market is None and not sectors:
        raise FieldsError((("market", "nothing moves: give market, or sectors"),))
    outcome = build_stress_on_demand(
        found.holdings,
        nav=float(found.snapshot["net_asset_value"]),
        market=asked.market or 0.0,
        sectors=sectors,
        funds={fund["symbol"]: fund["sectors"] for fund in found.snapshot["sector_look_through"] or ()},
    )
    changed = any(finding.reason == "changed_since" for finding in found.data_quality.findings)
    return StressOnDemandModel.model_validate(
        {
            "portfolio_id": portfolio_id,
            "snapshot_date": found.snapshot["snapshot_date"],
            "pnl": outcome.pnl,
            "pnl_pct": outcome.pnl_pct,
            "coverage": outcome.coverage,
            "positions": outcome.positions,
            "changed_since": changed,
        }
    )


def _known_sectors(sectors: Mapping[str, float]) -> Mapping[str, float]:
    unknown = sorted(sectors.keys() - set(GICS_SECTORS))
    if unknown:
        raise FieldsError(tuple((f"sectors.{name}", "not a GICS sector") for name in unknown))
    return sectors


def _model(scenario_id: int, own: UserScenario) -> ScenarioModel:
    first, last = own.window or (None, None)
    return ScenarioModel(
        id=scenario_id,
        name=own.name,
        description=own.description,
        kind=own.kind,
        market=own.market,
        sectors=dict(own.sectors),
        window_from=first,
        window_to=last,
    )
