"""``riskpanel doctor``: what is wrong, why it matters, and what to do."""

from functools import partial
from typing import Annotated

import typer

from riskpanel.cli.doctor_terminal import print_examination, sentence
from riskpanel.cli.edge import JsonFlag, now, print_json, read_settings, reports_errors, stdout, today
from riskpanel.cli.loudness import loudness
from riskpanel.cli.sources import source_states
from riskpanel.nightly.doctor.checks import Severity
from riskpanel.nightly.doctor.examination import Examination, Found, examine
from riskpanel.store.database import open_store

_WRONG, _UNUSABLE = 1, 3


@reports_errors
def doctor(
    online: Annotated[
        bool, typer.Option("--online", help="Also ask each source of market data for a week of prices.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings too.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Look for everything that is known to go wrong, and say what to do about it; changes nothing.

    With -v also what is fine, and the size of each table.

    Exit code 0: nothing, or warnings and notes only; 1: errors, which make numbers missing or wrong, or
    with --strict warnings; 3: the database cannot be used: not there, not reached, or of another schema.
    """
    settings = read_settings()
    ask = partial(source_states, settings=settings, today=today(), online=online)
    with open_store(settings.database_url) as store:
        examination = examine(store, settings.policy, now=now(), ask_sources=ask)
    if as_json:
        print_json(_document(examination, store.url_for_people))
    else:
        print_examination(examination, store.url_for_people, stdout(), verbose=loudness().verbose > 0)
    if code := _exit_code(examination, strict=strict):
        raise typer.Exit(code)


def _exit_code(examination: Examination, *, strict: bool) -> int:
    if not examination.looked:
        return _UNUSABLE
    wrong = examination.of(Severity.ERROR) or (strict and examination.of(Severity.WARNING))
    return _WRONG if wrong else 0


def _document(examination: Examination, database: str) -> dict[str, object]:
    size = examination.size
    return {
        "database": database,
        "as_of": examination.as_of,
        "newest_due": examination.due,
        "counts": {f"{severity}s": len(examination.of(severity)) for severity in Severity},
        "findings": [_finding(found) for found in examination.findings],
        "fine": [check.id for check in examination.fine],
        "not_examined": [{"id": check.id, "why": why} for check, why in examination.unexamined],
        "size": None
        if size is None
        else {
            "bytes": size.bytes,
            "free_bytes": examination.free_bytes,
            "estimated": size.estimated,
            "tables": [
                {"name": table.name, "rows": table.rows, "bytes": table.bytes} for table in size.tables
            ],
        },
    }


def _finding(found: Found) -> dict[str, object]:
    check, trouble = found.check, found.trouble
    return {
        "id": check.id,
        "severity": check.severity,
        "part": check.part,
        "title": check.title,
        "what": trouble.what,
        "affected_count": len(trouble.affected),
        "affected": [{"name": one.name, "detail": one.detail or None} for one in trouble.affected],
        "why": sentence(check.matters),
        "fix": sentence(trouble.remedy or check.remedy),
        "commands": list(trouble.commands or check.commands),
    }
