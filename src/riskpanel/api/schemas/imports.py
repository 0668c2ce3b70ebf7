"""What an import did, or as a preview would do; as `riskpanel import --json` prints it."""

from pydantic import Field

from riskpanel.api.schemas.model import Answer, Money
from riskpanel.book.import_reports import ImportReport

MOST_BAD_ROWS = 1_000


class BadRowModel(Answer):
    """A cell that cannot be used."""

    file: str = Field(description="Name of the file.", examples=["positions.csv"])
    line: int = Field(description="Line of the file, the header being 1.", examples=[7])
    column: str = Field(description="The column.", examples=["quantity"])
    reason: str = Field(description="Why, with what stands there.", examples=["must not be 0"])


class ImportModel(Answer):
    """What every import says."""

    dry_run: bool = Field(description="Whether this is a preview: nothing was written.", examples=[True])
    bad: tuple[BadRowModel, ...] = Field(
        description="Cells that cannot be used, the first 1,000: while there is one, nothing is imported.",
        examples=[[]],
    )
    bad_count: int = Field(description="How many there are.", examples=[0])
    warnings: tuple[str, ...] = Field(description="What to know; stops nothing.", examples=[[]])


class ImportedPortfolioModel(Answer):
    """One portfolio of the file, and what happened to its lots."""

    portfolio_id: int | None = Field(
        description="Id of the portfolio; null where a preview would create it.", examples=[1]
    )
    name: str = Field(description="Its name.", examples=["Growth"])
    status: str = Field(
        description="created, changed or unchanged: the portfolio itself, not its lots.",
        examples=["unchanged"],
    )
    cash_balance: Money = Field(description="Its cash, in currency.", examples=[10000.0])
    market_index: str = Field(description="Symbol that betas are measured against.", examples=["SPY"])
    added: int = Field(description="Lots added.", examples=[3])
    changed: int = Field(description="Lots changed.", examples=[1])
    unchanged: int = Field(description="Lots that are as the file has them.", examples=[8])
    kept: int = Field(description="Lots that the file lacks and that stay.", examples=[0])
    removed: int = Field(description="Lots that the file lacks and that go: with replace=true.", examples=[0])


class HoldingsImportModel(ImportModel):
    """What happened to portfolios and lots."""

    portfolios: tuple[ImportedPortfolioModel, ...] = Field(
        description="Each portfolio of the file, by name; empty when there are bad rows.", examples=[[]]
    )
    run_request_id: int | None = Field(
        description="Id of the run request that computes what changed; null when nothing has to be.",
        examples=[5],
    )


class InstrumentsImportModel(ImportModel):
    """What happened to instruments."""

    written: int = Field(description="Instruments that are new or changed.", examples=[12])
    unchanged: int = Field(description="Instruments that are as the file has them.", examples=[491])


class ScenarioFaultModel(Answer):
    """Something in a scenario file that cannot be used."""

    name: str = Field(description="Name of the scenario.", examples=["Rates up"])
    key: str = Field(description="The key; empty for the whole.", examples=["market"])
    reason: str = Field(description="Why, with what stands there.", examples=["not a number: 'a'"])


class ScenariosImportModel(Answer):
    """What happened to your scenarios, by name."""

    dry_run: bool = Field(description="Whether this is a preview: nothing was written.", examples=[True])
    faults: tuple[ScenarioFaultModel, ...] = Field(
        description="What cannot be used, the first 1,000: while there is one, nothing is imported.",
        examples=[[]],
    )
    warnings: tuple[str, ...] = Field(description="What to know; stops nothing.", examples=[[]])
    added: tuple[str, ...] = Field(description="New ones.", examples=[["Rates up"]])
    changed: tuple[str, ...] = Field(description="Changed ones.", examples=[[]])
    unchanged: tuple[str, ...] = Field(description="Those that are as the file has them.", examples=[[]])
    kept: tuple[str, ...] = Field(description="Those that the file lacks and that stay.", examples=[[]])
    removed: tuple[str, ...] = Field(description="Those that the file lacks and that go.", examples=[[]])
    run_request_id: int | None = Field(
        description="Id of the run request that computes them; null when nothing has to be.", examples=[5]
    )


def import_fields(report: ImportReport) -> dict[str, object]:
    """Return what every import says, the bad cells flat and no more than can be read."""
    return {
        "dry_run": report.dry_run,
        "bad": [
            {"file": row.file, "line": row.error.line, "column": row.error.column, "reason": row.error.reason}
            for row in report.bad[:MOST_BAD_ROWS]
        ],
        "bad_count": len(report.bad),
        "warnings": report.warnings,
    }
