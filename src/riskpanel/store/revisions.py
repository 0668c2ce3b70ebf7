"""Which schema revisions exist, and which one a database is at."""

from pathlib import Path

import sqlalchemy as sa

from riskpanel.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"

_VERSION_TABLE = sa.table("alembic_version", sa.column("version_num", sa.String))


def known_revisions() -> tuple[str, ...]:
    """Ids of all revisions, oldest first; a migration's file is named after its id."""
    return tuple(sorted(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py")))


def head_revision() -> str:
    """Id of the newest revision: the schema that this version of riskpanel works with."""
    return known_revisions()[-1]


def stored_revision(conn: sa.Connection) -> str | None:
    """Id of the revision that the database is at, None when it has no riskpanel tables."""
    if not sa.inspect(conn).has_table(_VERSION_TABLE.name):
        return None
    return conn.execute(sa.select(_VERSION_TABLE.c.version_num)).scalar_one_or_none()


def refuse_ahead(revision: str | None, *, hint: str = "upgrade riskpanel") -> None:
    """Refuse a database whose revision this version does not know; None is one without tables.

    Raises
    ------
    StoreError
        When a newer riskpanel has upgraded it.
    """
    if revision is not None and revision not in known_revisions():
        raise StoreError(
            f"the database is ahead of this riskpanel: schema {revision}, known up to {head_revision()}",
            hint=hint,
        )
