"""Files of portfolios, lots, instruments and scenarios: preview, then commit. The file is the body itself."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import StringConstraints

from riskpanel.api.access import AdminOf, WriterOf
from riskpanel.api.edits import EditsOf
from riskpanel.api.problems import Problem, ProblemError
from riskpanel.api.schemas.imports import (
    MOST_BAD_ROWS,
    HoldingsImportModel,
    InstrumentsImportModel,
    ScenariosImportModel,
    import_fields,
)
from riskpanel.book.import_reports import HoldingsReport

router = APIRouter(prefix="/imports", tags=["imports"])

_PLAIN = frozenset(
    {"text/csv", "text/plain", "application/csv", "application/toml", "application/octet-stream"}
)


def require_plain_file(request: Request) -> None:
    """Refuse what would be unpacked before it is read: the body is the file itself."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type not in _PLAIN:
        told = f"not a file: {media_type[:60] or 'nothing said of what it is'}"
        hint = "send the file as it is, with Content-Type: text/csv, of scenarios application/toml"
        raise ProblemError(Problem(415, "Unsupported media type", told, hint))


PlainFile = Annotated[None, Depends(require_plain_file)]

_Words = Annotated[str, StringConstraints(max_length=400, pattern=r"^[^\x00]*$")]
_Csv = Annotated[bytes, Body(media_type="text/csv", description="The CSV file, UTF-8, at most 5 MiB.")]
_Toml = Annotated[bytes, Body(media_type="application/toml", description="The TOML file, at most 5 MiB.")]
_DryRun = Annotated[bool, Query(description="true: a preview that names every bad row and writes nothing.")]
_FileName = Annotated[
    Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f/\\]*$")],
    Query(alias="name", description="Name of the file, for messages."),
]
_Replace = Annotated[bool, Query(description="true: remove what the file lacks.")]
_Balance = Annotated[Decimal | None, Query(max_digits=20, decimal_places=4)]


@router.post("/positions", summary="Import positions")
def import_positions(
    user: WriterOf,
    _plain: PlainFile,
    edits: EditsOf,
    content: _Csv,
    *,
    dry_run: _DryRun = False,
    file_name: _FileName = "positions.csv",
    replace: _Replace = False,
    portfolio: Annotated[
        _Words | None, Query(description="Owner of the rows of a file without a portfolio column.")
    ] = None,
    cash: Annotated[_Balance, Query(description="Cash balance to set.")] = None,
    equity: Annotated[
        _Balance, Query(description="Cash and positions together, from which cash follows.")
    ] = None,
    market_index: Annotated[_Words | None, Query(description="Symbol of the market to set.")] = None,
) -> HoldingsImportModel:
    """Import lots by `symbol,quantity,...`; all of the file or nothing. What changed is computed at once."""
    report = edits.imports.positions(
        user,
        file_name,
        content,
        dry_run=dry_run,
        replace=replace,
        portfolio=portfolio,
        cash=cash,
        equity=equity,
        market_index=market_index,
    )
    return _holdings_model(report)


@router.post("/portfolios", summary="Import portfolios")
def import_portfolios(
    user: WriterOf,
    _plain: PlainFile,
    edits: EditsOf,
    content: _Csv,
    *,
    dry_run: _DryRun = False,
    file_name: _FileName = "portfolios.csv",
) -> HoldingsImportModel:
    """Import portfolios by `name,market_index,...`; all of the file or nothing."""
    report = edits.imports.portfolios(user, file_name, content, dry_run=dry_run)
    return _holdings_model(report)


@router.post("/instruments", summary="Import what instruments are")
def import_instruments(
    _: AdminOf,
    _plain: PlainFile,
    edits: EditsOf,
    content: _Csv,
    *,
    dry_run: _DryRun = False,
    file_name: _FileName = "instruments.csv",
) -> InstrumentsImportModel:
    """Import names and sectors for all users; of administrators only. The next run uses them."""
    report = edits.imports.instruments(file_name, content, dry_run=dry_run)
    told = import_fields(report)
    return InstrumentsImportModel.model_validate(
        told | {"written": report.written, "unchanged": report.unchanged}
    )


@router.post("/scenarios", summary="Import stress scenarios")
def import_scenarios(
    user: WriterOf,
    _plain: PlainFile,
    edits: EditsOf,
    content: _Toml,
    *,
    dry_run: _DryRun = False,
    file_name: _FileName = "scenarios.toml",
    replace: _Replace = False,
) -> ScenariosImportModel:
    """Import scenarios of yours from TOML; all of the file or nothing. They are computed at once."""
    report = edits.imports.scenarios(user, file_name, content, dry_run=dry_run, replace=replace)
    told = {name: getattr(report, name) for name in ScenariosImportModel.model_fields}
    return ScenariosImportModel.model_validate(told | {"faults": report.faults[:MOST_BAD_ROWS]})


def _holdings_model(report: HoldingsReport) -> HoldingsImportModel:
    return HoldingsImportModel.model_validate(
        import_fields(report) | {"portfolios": report.portfolios, "run_request_id": report.run_request_id}
    )
