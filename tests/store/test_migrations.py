"""The schema moves up and down on both databases, keeps its data, and equals the models."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from riskpanel.errors import InputError, StoreError
from riskpanel.store import migrate, views
from riskpanel.store.database import Store
from riskpanel.store.revisions import MIGRATIONS, known_revisions
from riskpanel.store.schema import metadata
from store.samples import add_a_row_to_each_table, schema_of

HEAD = known_revisions()[-1]
VIEWS = {
    "position_market_betas": (
        "0002_market_betas",
        views.POSITION_MARKET_BETAS,
        "portfolio_id position_id calc_date beta alpha r_squared std_error p_value observations window_days "
        "method market_index created_at updated_at",
    ),
    "position_volatility": (
        "0010_clamped_forecasts",
        views.POSITION_VOLATILITY,
        "position_id calculation_date realized_vol_21d realized_vol_63d vol_daily vol_weekly vol_monthly "
        "expected_vol_21d vol_trend vol_trend_strength vol_percentile observations model_r_squared",
    ),
}


@contextmanager
def inspected(store: Store) -> Iterator[sa.Inspector]:
    with store.read() as conn:
        yield sa.inspect(conn)


def things(store: Store) -> set[str]:
    """Everything that a migration can add, by name."""
    with inspected(store) as inspector:
        tables = set(inspector.get_table_names()) - {"alembic_version"}
        found = {f"table {name}" for name in tables} | {f"view {name}" for name in inspector.get_view_names()}
        for table in tables:
            found |= {f"column {table}.{column['name']}" for column in inspector.get_columns(table)}
            found |= {f"index {index['name']}" for index in inspector.get_indexes(table)}
        return found


def name_on(conn: sa.Connection, name: str) -> str:
    """The name as stored: PostgreSQL has at most 63 letters, and SQLAlchemy shortens longer ones."""
    if conn.dialect.name != "postgresql" or len(name) <= 63:
        return name
    return f"{name[:55]}_{hashlib.md5(name.encode()).hexdigest()[-4:]}"


def row_counts(store: Store) -> dict[str, int]:
    with store.read() as conn:
        names = sa.inspect(conn).get_table_names()
        return {
            name: conn.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0 for name in names
        }


def orphans(store: Store) -> list[object]:
    """Rows of SQLite without the row they point to; PostgreSQL lets none be."""
    if not store.is_file:
        return []
    with store.read(any_schema=True) as conn:
        return list(conn.exec_driver_sql("PRAGMA foreign_key_check"))


def test_the_revisions_form_one_line_in_the_order_of_their_files():
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert scripts.get_heads() == [migrate.head_revision()]
    assert tuple(item.id for item in migrate.revisions()) == known_revisions()
    assert [item.id[:4] for item in migrate.revisions()] == [
        f"{n:04}" for n in range(1, len(known_revisions()) + 1)
    ]
    assert all(item.title and item.drops for item in migrate.revisions())


def test_up_to_the_head_down_to_base_and_up_again_gives_the_same_schema(fresh_store):
    assert migrate.upgrade(fresh_store) == migrate.SchemaChange(None, HEAD)
    full = things(fresh_store)
    assert migrate.downgrade(fresh_store, "base") == migrate.SchemaChange(HEAD, None)
    assert things(fresh_store) == set()
    assert migrate.current_revision(fresh_store) is None
    migrate.upgrade(fresh_store)
    assert things(fresh_store) == full


def test_upgrading_twice_changes_nothing(store):
    assert migrate.upgrade(store) == migrate.SchemaChange(HEAD, HEAD)


def test_each_step_down_keeps_the_other_rows_and_each_step_up_again_restores_the_schema(store):
    add_a_row_to_each_table(store)
    for revision in reversed(migrate.revisions()[1:]):
        before, rows = schema_of(store), row_counts(store)
        assert all(count == 1 for count in rows.values())
        migrate.downgrade(store)
        left = row_counts(store)
        assert left == {name: rows[name] for name in left}
        assert orphans(store) == []
        migrate.upgrade(store, revision.id)
        assert schema_of(store) == before
        migrate.downgrade(store, "-1")
    assert migrate.current_revision(store) == "0001_core"
    migrate.downgrade(store)
    assert things(store) == set()


def test_each_revision_names_exactly_what_going_down_drops(store):
    for revision in reversed(migrate.revisions()):
        before = things(store)
        assert migrate.revisions_to_undo(store) == (revision,)
        migrate.downgrade(store)
        lost = before - things(store)
        lost_tables = {name.removeprefix("table ") for name in lost if name.startswith("table ")}
        named: set[str] = set()
        for drop in revision.drops:
            if drop.startswith(("rows of ", "values of ")):
                continue  # of what stays: looked at below
            kind, _, columns = drop.partition(": ")
            table = kind.removeprefix("columns of ")
            named |= {f"column {table}.{name}" for name in columns.split(", ")} if columns else {drop}
        assert {name for name in named if name.startswith("index")} <= lost
        assert {name for name in named if not name.startswith("index")} == {
            name
            for name in lost
            if not name.startswith("index")
            and name.partition(".")[0].removeprefix("column ") not in lost_tables
        }


def rows_by_key(store):
    """Cells of every row by table and key, whatever the schema."""
    found = {}
    with store.read() as conn:
        inspector = sa.inspect(conn)
        for name in sorted(set(inspector.get_table_names()) - {"alembic_version"}):
            columns = [sa.column(column["name"]) for column in inspector.get_columns(name)]
            key = inspector.get_pk_constraint(name)["constrained_columns"]
            for row in conn.execute(sa.select(*columns).select_from(sa.table(name))).mappings():
                found[name, tuple(row[column] for column in key)] = dict(row)
    return found


def add_rows_that_older_schemas_cannot_hold(store):
    """A stress test without a shock, and clamped forecasts of a short and of a long name."""
    others = {"stress_test_results": ("snapshot_date", [{"shock": None, "kind": "replay"}])}
    for name, day, method, clamped in STORED_FORECASTS:
        marked = [{method: model, clamped: True} for model in ("log_har_close", "log_har_range_market")]
        others[name] = (day, marked)
    with store.begin() as conn:
        for name, (day, changes) in others.items():
            table = metadata.tables[name]
            row = dict(conn.execute(sa.select(table)).mappings().one())
            for number, change in enumerate(changes):
                conn.execute(sa.insert(table).values(row | change | {day: date(2025, 7, 1 + number)}))


def test_each_revision_announces_what_going_down_does_to_rows_that_stay(store):
    add_a_row_to_each_table(store)
    add_rows_that_older_schemas_cannot_hold(store)
    announced = 0
    for revision in reversed(migrate.revisions()):
        before = rows_by_key(store)
        migrate.downgrade(store)
        after = rows_by_key(store)
        tables = {table for table, _ in after}
        changed = {f"rows of {table}" for table, key in before.keys() - after.keys() if table in tables}
        for place in before.keys() & after.keys():
            cells = {column for column, cell in after[place].items() if cell != before[place][column]}
            changed |= {f"values of {place[0]}.{column}" for column in cells}
        told = {drop.partition(": ")[0] for drop in revision.drops if drop.startswith(("rows ", "values "))}
        assert changed == told, revision.id
        announced += len(told)
    assert announced == 4


def test_the_migrations_build_exactly_the_models(store):
    with store.read() as conn:
        context = MigrationContext.configure(
            conn, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, metadata)
    assert differences == []


def test_every_constraint_and_index_has_the_name_that_the_models_give_it(store):
    with store.read() as conn:
        inspector = sa.inspect(conn)
        for table in metadata.sorted_tables:
            found = {item["name"] for item in inspector.get_indexes(table.name)}
            found |= {item["name"] for item in inspector.get_unique_constraints(table.name)}
            found |= {item["name"] for item in inspector.get_check_constraints(table.name)}
            found |= {item["name"] for item in inspector.get_foreign_keys(table.name)}
            found.add(inspector.get_pk_constraint(table.name)["name"])
            wanted = {str(item.name) for item in table.constraints} | {
                str(item.name) for item in table.indexes
            }
            assert found == {name_on(conn, name) for name in wanted}, table.name


def test_required_columns_are_required_in_the_same_places(store):
    with inspected(store) as inspector:
        for table in metadata.sorted_tables:
            found = {column["name"]: column["nullable"] for column in inspector.get_columns(table.name)}
            assert found == {column.name: bool(column.nullable) for column in table.c}, table.name


@pytest.mark.parametrize("name", VIEWS)
def test_the_views_have_the_promised_columns(store, name):
    with inspected(store) as inspector:
        assert name in inspector.get_view_names()
        found = {column["name"] for column in inspector.get_columns(name)}
    assert set(VIEWS[name][2].split()) <= found


@pytest.mark.parametrize("name", VIEWS)
def test_the_newest_view_text_is_the_one_that_the_code_documents(name):
    revision, text, _ = VIEWS[name]
    source = (MIGRATIONS / "versions" / f"{revision}.py").read_text(encoding="utf-8")
    assert f"CREATE VIEW {name} AS {' '.join(text.split())}" in " ".join(source.split())


def test_the_views_give_each_position_the_estimates_of_its_instrument_while_it_is_held(store):
    add_a_row_to_each_table(store)
    day = date(2025, 6, 30)
    with store.begin() as conn:
        for table in ("instrument_market_betas", "instrument_volatility"):
            conn.execute(sa.update(metadata.tables[table]).values(symbol="X"))
    for view in ("position_market_betas", "position_volatility"):
        rows = sa.select(sa.func.count()).select_from(sa.table(view))
        positions = metadata.tables["positions"]
        for entry, exit_, held in ((None, None, 1), (day, None, 1), (None, day, 0)):
            with store.begin() as conn:
                conn.execute(sa.update(positions).values(entry_date=entry, exit_date=exit_))
                assert conn.scalar(rows) == held, (view, entry, exit_)


FORECASTS = (  # as the newest schema stores them, and as the one before clamps had a column
    ("log_har_close", True, "log_har_close_clamped"),
    ("log_har_close", False, "log_har_close"),
    ("ewma_fallback", False, "ewma_fallback"),
    (None, None, None),
)
STORED_FORECASTS = (
    ("instrument_volatility", "calculation_date", "expected_vol_method", "expected_vol_clamped"),
    ("portfolio_snapshots", "snapshot_date", "expected_volatility_method", "expected_volatility_clamped"),
)


def forecasts(store, table, day, *columns):
    """Cells of a table by day, whatever its schema."""
    shown = sa.select(*(sa.column(name) for name in columns)).select_from(sa.table(table))
    with store.read() as conn:
        return [tuple(row) for row in conn.execute(shown.order_by(sa.column(day)))]


def test_the_mark_of_a_clamped_forecast_moves_into_its_column_and_back(store):
    add_a_row_to_each_table(store)
    for table, day, method, clamped in STORED_FORECASTS:
        definition = metadata.tables[table]
        with store.begin() as conn:
            row = dict(conn.execute(sa.select(definition)).mappings().one())
            conn.execute(sa.delete(definition))
            for number, (name, mark, _) in enumerate(FORECASTS):
                other = {day: date(2025, 7, 1 + number), method: name, clamped: mark}
                conn.execute(sa.insert(definition).values(row | other))
    new = [(name, mark) for name, mark, _ in FORECASTS]
    for _ in range(2):
        migrate.downgrade(store, "0009_beta_methods")
        for table, day, method, _ in STORED_FORECASTS:
            assert forecasts(store, table, day, method) == [(old,) for *_, old in FORECASTS]
        migrate.upgrade(store)
        for table, day, method, clamped in STORED_FORECASTS:
            found = forecasts(store, table, day, method, clamped)
            assert [(name, mark if mark is None else bool(mark)) for name, mark in found] == new


def test_a_clamped_forecast_of_a_longer_name_keeps_its_name_in_the_older_schema(store):
    add_a_row_to_each_table(store)
    for table, _, method, clamped in STORED_FORECASTS:
        with store.begin() as conn:
            conn.execute(
                sa.update(metadata.tables[table]).values({method: "log_har_range_market", clamped: True})
            )
    migrate.downgrade(store, "0009_beta_methods")
    for table, day, method, _ in STORED_FORECASTS:
        assert forecasts(store, table, day, method) == [("log_har_range_market",)]


def test_a_killed_upgrade_leaves_the_old_schema(fresh_store, monkeypatch):
    migrate.upgrade(fresh_store, "0002")
    before = things(fresh_store)

    class PowerCut(BaseException):
        pass

    def cut(conn, cursor, statement, *_):
        if "instrument_volatility" in statement:
            raise PowerCut

    sa.event.listen(sa.Engine, "before_cursor_execute", cut)
    try:
        with pytest.raises(PowerCut):
            migrate.upgrade(fresh_store)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", cut)
    assert migrate.current_revision(fresh_store) == "0002_market_betas"
    assert things(fresh_store) == before
    migrate.upgrade(fresh_store)
    fresh_store.require_current_schema()


def test_a_first_upgrade_that_is_killed_leaves_no_tables(fresh_store):
    def cut(conn, cursor, statement, *_):
        if "stress_test_results" in statement:
            raise KeyboardInterrupt

    sa.event.listen(sa.Engine, "before_cursor_execute", cut)
    try:
        with pytest.raises(KeyboardInterrupt):
            migrate.upgrade(fresh_store)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", cut)
    assert things(fresh_store) == set()
    assert migrate.current_revision(fresh_store) is None


def test_programs_that_upgrade_at_once_take_turns(database_url, open_database):
    stores = [open_database(database_url) for _ in range(4)]
    with ThreadPoolExecutor(len(stores)) as threads:
        changes = list(threads.map(migrate.upgrade, stores))
    assert sorted(str(change.before) for change in changes) == [HEAD] * 3 + ["None"]
    stores[0].require_current_schema()


@pytest.mark.parametrize("revision", ["0099", "000", "latest", "", "+99", "-9", "--1", "²"])
def test_an_unknown_revision_is_refused_and_the_known_ones_are_listed(store, revision):
    with pytest.raises(InputError, match="unknown revision") as caught:
        migrate.upgrade(store, revision)
    assert "0001_core" in caught.value.hint


def test_an_unknown_revision_does_not_create_a_file(open_database, sqlite_url, tmp_path):
    with pytest.raises(InputError):
        migrate.upgrade(open_database(sqlite_url), "0099")
    assert list(tmp_path.iterdir()) == []


def test_up_does_not_go_down_and_down_does_not_go_up(store):
    with pytest.raises(InputError, match="past that revision"):
        migrate.upgrade(store, "0003")
    with pytest.raises(InputError, match="nothing to undo"):
        migrate.downgrade(store, "head")
    migrate.downgrade(store, "0003_snapshot_betas")
    with pytest.raises(InputError, match="nothing to undo"):
        migrate.downgrade(store, "0005")
    assert migrate.upgrade(store, "+2").after == "0005_sectors_concentration"


def test_a_database_of_a_newer_riskpanel_is_not_touched(store):
    with store.begin() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '0999_future'"))
    for move in (migrate.upgrade, migrate.downgrade):
        with pytest.raises(StoreError, match="ahead") as caught:
            move(store)
        assert caught.value.hint == "upgrade riskpanel"


def test_below_the_replays_every_stress_test_with_a_shock_stays_as_it_was(store):
    table = metadata.tables["stress_test_results"]
    add_a_row_to_each_table(store)
    with store.begin() as conn:
        row = dict(conn.execute(sa.select(table)).mappings().one())
        replayed = {"kind": "replay", "window_from": date(2020, 2, 19), "window_to": date(2020, 3, 23)}
        for name, shock in (("covid_2020", -0.3392), ("unpriced", None)):
            conn.execute(sa.insert(table).values(row | replayed | {"scenario": name, "shock": shock}))
    old = ("portfolio_id", "snapshot_date", "scenario", "kind", "shock", "pnl", "coverage", "created_at")
    query = sa.select(*(table.c[name] for name in old)).order_by(table.c.scenario)
    with store.read() as conn:
        before = [row for row in conn.execute(query) if row.shock is not None]
    migrate.downgrade(store, "0011")
    with store.read() as conn:
        assert conn.execute(query).all() == before
    assert [row.scenario for row in before] == ["X", "covid_2020"]


def test_below_the_hashes_of_inputs_a_run_keeps_the_one_of_all(store):
    table = metadata.tables["batch_runs"]
    parts = {"prices": "a" * 64, "holdings": "b" * 64}
    add_a_row_to_each_table(store)
    with store.begin() as conn:
        conn.execute(sa.update(table).values(inputs_hash="f" * 64, inputs=parts, portfolio_ids=[1, 2]))
    old = sa.select(*(column for column in table.c if column.name not in {"inputs", "portfolio_ids"}))
    with store.read() as conn:
        before = conn.execute(old).all()
    migrate.downgrade(store, "0015_look_through")
    with store.read() as conn:
        assert conn.execute(old).all() == before
    migrate.upgrade(store)
    with store.read() as conn:
        (run,) = conn.execute(sa.select(table))
    assert (run.inputs_hash, run.inputs, run.portfolio_ids) == ("f" * 64, None, None)
