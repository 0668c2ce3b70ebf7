"""A backup has everything of one moment, and comes back whole or not at all, on both databases."""

import stat
import threading
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa

from crash.disks import may_mount, small_disk
from riskpanel.errors import BusyError, InputError, LockedError, StoreError
from riskpanel.nightly.backup import verify_backup
from riskpanel.nightly.lease import hold_lease
from riskpanel.nightly.setup import initialize
from riskpanel.store import migrate
from riskpanel.store.backup_files import read_manifest, unpack
from riskpanel.store.database import open_store
from riskpanel.store.schema import benchmarks_sector_weights, portfolios, run_locks, scenarios, users
from store.backup_worlds import MANIFEST, TOOLS, back_up, everything, fill, quiet, restore, rewrite
from store.samples import schema_of


@pytest.fixture
def filled(store, now):
    return fill(store, now)


@pytest.fixture
def file(tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "night.backup"


@pytest.fixture
def other(dialect, tmp_path, request, open_database):
    """An empty database of the same kind: of SQLite one that is not there yet."""
    if dialect == "sqlite":
        yield open_database(f"sqlite:///{tmp_path / 'elsewhere' / 'other.sqlite3'}")
        return
    with request.getfixturevalue("postgres_server").database() as url:
        store = open_database(url)
        yield store
        store.dispose()


@pytest.fixture
def initialized(other, now):
    initialize(other, now=now)
    return other


def test_every_row_of_every_table_comes_back_into_an_empty_database(filled, other, file, now):
    before = everything(filled)
    made = back_up(filled, file, now)
    done = restore(other, file, now, replace=False)
    assert everything(other) == before == everything(filled)
    assert made == done.manifest == read_manifest(file)
    assert made.rows == {name: len(rows) for name, rows in before.items()} | {
        "alembic_version": 1,
        "run_locks": 0,
    }
    assert done.replaced == {}
    other.require_current_schema()


def test_the_restored_schema_is_the_migrated_one_and_goes_on(filled, other, file, now):
    back_up(filled, file, now)
    restore(other, file, now)
    found = schema_of(other)
    assert found == schema_of(filled)
    with other.begin() as conn:  # ids go on where they were
        row = dict(conn.execute(sa.select(portfolios)).mappings().first())
        given = [row.pop("id"), *(one["id"] for one in everything(filled)["portfolios"])]
        added = conn.execute(sa.insert(portfolios).values(row | {"name": "one more"}))
        assert added.inserted_primary_key[0] == max(given) + 1
    migrate.downgrade(other, "base")
    migrate.upgrade(other)


def test_a_restore_replaces_all_that_was_there_and_says_what(filled, file, now):
    before = everything(filled)
    back_up(filled, file, now)
    with filled.begin() as conn:
        conn.execute(sa.delete(scenarios))
        conn.execute(sa.update(portfolios).values(cash_balance=1))
    done = restore(filled, file, now)
    assert everything(filled) == before
    assert "scenarios" not in done.replaced
    assert done.replaced["portfolios"] == len(before["portfolios"])


def test_a_store_that_was_open_all_the_time_sees_what_was_restored(filled, migrated_url, file, now):
    before = everything(filled)
    back_up(filled, file, now)
    with open_store(migrated_url) as server:
        with server.begin() as conn:
            conn.execute(sa.delete(scenarios))
        restore(filled, file, now)
        assert everything(server) == before


def test_a_backup_has_one_moment_while_others_write(filled, other, migrated_url, file, now):
    """A writer adds a portfolio and a scenario in each transaction, between any two steps of the copy."""
    written, wanted, stop = threading.Semaphore(0), threading.Semaphore(1), threading.Event()

    def write():
        number = 0
        with open_store(migrated_url) as store:
            while wanted.acquire() and not stop.is_set():
                number += 1
                add_pair(store, number)
                written.release()

    def progress(_what, _done, _total):
        wanted.release()
        assert written.acquire(timeout=30)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert written.acquire(timeout=30)
        made = back_up(filled, file, now, progress=progress)
    finally:
        stop.set()
        wanted.release()
        writer.join()
    restore(other, file, now)
    assert pairs(other, "portfolios") == pairs(other, "scenarios")
    assert pairs(filled, "portfolios") == pairs(filled, "scenarios") > pairs(other, "portfolios") > set()
    assert made.rows["portfolios"] == len(everything(other)["portfolios"])


def add_pair(store, number):
    with store.begin() as conn:
        for table in (portfolios, scenarios):
            row = dict(conn.execute(sa.select(table).limit(1)).mappings().one())
            del row["id"]
            conn.execute(sa.insert(table).values(**row | {"name": f"pair {number}"}))


def pairs(store, table):
    return {row["name"] for row in everything(store)[table] if str(row["name"]).startswith("pair ")}


def test_a_backup_is_for_its_owner_alone_and_leaves_nothing_beside_it(filled, file, now):
    back_up(filled, file, now)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_backup_replaces_no_file_unless_told_to(filled, file, now):
    file.write_text("precious")
    with pytest.raises(InputError, match="exists already"):
        back_up(filled, file, now)
    with pytest.raises(InputError, match="was not replaced: not a backup") as caught:
        back_up(filled, file, now, force=True)
    assert "remove it yourself" in caught.value.hint
    assert file.read_text() == "precious"
    file.unlink()
    back_up(filled, file, now)
    back_up(filled, file, now + timedelta(days=1), force=True)
    assert read_manifest(file).made_at.startswith("2025-07-01")


def test_a_backup_never_replaces_the_database_itself(filled, file, now, dialect):
    if dialect == "postgresql":
        return
    before = everything(filled)
    link = file.with_name("link")
    link.symlink_to(filled.file)
    hard_link = file.with_name("hard link")
    hard_link.hardlink_to(filled.file)
    beside = [filled.file.with_name(filled.file.name + suffix) for suffix in ("-wal", "-shm", "-journal")]
    for path in (filled.file, link, hard_link, *beside):
        for force in (False, True):
            with pytest.raises(InputError, match="file of the database itself"):
                back_up(filled, path, now, force=force)
    assert everything(filled) == before


def test_a_file_that_appears_meanwhile_is_not_replaced(filled, file, now):
    def progress(what, _done, _total):
        if what == "pack" and not file.exists():
            file.write_text("precious")

    with pytest.raises(InputError, match="exists already"):
        back_up(filled, file, now, progress=progress)
    assert file.read_text() == "precious"
    assert list(file.parent.iterdir()) == [file]


def test_a_folder_that_cannot_be_written_is_told(filled, tmp_path, now):
    with pytest.raises(StoreError, match="cannot write the backup"):
        back_up(filled, tmp_path / "nowhere" / "x.backup", now)


def test_a_full_disk_leaves_the_backup_that_was_there(filled, tmp_path, now):
    if not may_mount():
        pytest.skip("no disk may be mounted here")
    folder = tmp_path / "small"
    back_up(filled, tmp_path / "x.backup", now)
    yesterday = zipfile.ZipFile(tmp_path / "x.backup").read(MANIFEST)
    with small_disk(folder, 30_000):
        file = folder / "x.backup"
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(MANIFEST, yesterday)
        with pytest.raises(StoreError, match=r"cannot write the backup: .*No space left"):
            back_up(filled, file, now, force=True)
        assert zipfile.ZipFile(file).read(MANIFEST) == yesterday
        assert list(folder.iterdir()) == [file]


def test_a_backup_that_is_cut_short_or_changed_is_refused_and_changes_nothing(filled, initialized, file, now):
    back_up(filled, file, now)
    before = everything(initialized)
    content = file.read_bytes()
    broken = {f"cut at {at:.1%}": content[: int(len(content) * at)] for at in (0.001, 0.5, 0.999)}
    for at in (0.1, 0.3, 0.5, 0.7, 0.9):
        changed = bytearray(content)
        changed[int(len(content) * at)] ^= 0xFF
        broken[f"changed at {at:.1%}"] = bytes(changed)
    for what, found in broken.items():
        file.write_bytes(found)
        for attempt in (lambda: restore(initialized, file, now), lambda: verify(file)):
            with pytest.raises(InputError, match="damaged") as caught:
                attempt()
            assert caught.value.exit_code == 2, what
    assert everything(initialized) == before


def verify(file):
    return verify_backup(file, tools=TOOLS, progress=quiet)


def test_a_copy_that_is_not_the_one_of_the_manifest_is_refused(filled, initialized, file, now):
    back_up(filled, file, now)
    before = everything(initialized)
    rewrite(file, sha256="0" * 64)
    with pytest.raises(InputError, match="damaged"):
        restore(initialized, file, now)
    assert everything(initialized) == before


def test_other_rows_than_the_manifest_says_are_refused(filled, initialized, file, now):
    made = back_up(filled, file, now)
    before = everything(initialized)
    rewrite(file, rows=made.rows | {"portfolios": 7})
    with pytest.raises(InputError, match=r"other rows than (the|its) manifest says"):
        restore(initialized, file, now)
    assert everything(initialized) == before


def test_a_whole_backup_is_verified(filled, file, now):
    assert back_up(filled, file, now) == verify(file)


def test_a_backup_of_a_newer_riskpanel_is_refused(filled, initialized, file, now):
    back_up(filled, file, now)
    for changes, told in (
        ({"revision": "0999_future"}, "newer riskpanel: 0.1.0, schema 0999_future"),
        ({"format": 2, "rows": None}, "newer riskpanel: 0.1.0, format 2"),
    ):
        rewrite(file, **changes)
        for attempt in (lambda: restore(initialized, file, now), lambda: verify(file)):
            with pytest.raises(InputError, match=told) as caught:
                attempt()
            assert caught.value.hint == "upgrade riskpanel"


def test_what_is_no_backup_is_refused(store, file, now):
    def refused(told):
        with pytest.raises(InputError, match=told):
            restore(store, file, now)

    refused(r"cannot read the backup: .*No such file")
    for content in (b"", b"text", b"PK\x03\x04"):
        file.write_bytes(content)
        refused("damaged" if content.startswith(b"PK") else "not a backup")
    for content in ({"x": "y"}, {MANIFEST: "no json"}, {MANIFEST: "{}"}, {MANIFEST: '{"format": "1"}'}):
        with zipfile.ZipFile(file, "w") as archive:
            for name, text in content.items():
                archive.writestr(name, text)
        refused("not a backup")
    file.unlink()
    file.mkdir()
    refused("a folder, not a backup")


def test_a_damaged_backup_leaves_no_empty_database_behind(
    filled, file, now, dialect, tmp_path, open_database
):
    if dialect == "postgresql":
        return
    back_up(filled, file, now)
    file.write_bytes(file.read_bytes()[:-1000])
    whole = file.with_name("whole.backup")
    back_up(filled, whole, now)
    rewrite(whole, sha256="0" * 64)
    other = open_database(f"sqlite:///{tmp_path / 'a' / 'b' / 'other.sqlite3'}")
    before = set(tmp_path.iterdir())
    for damaged in (file, whole):
        with pytest.raises(InputError, match="damaged"):
            restore(other, damaged, now)
    assert set(tmp_path.iterdir()) == before


def test_a_zip_that_somebody_encrypted_is_told(filled, initialized, file, now):
    back_up(filled, file, now)
    content = bytearray(file.read_bytes())
    for record, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(record)
        content[at + flags] |= 1
    file.write_bytes(content)
    for attempt in (lambda: restore(initialized, file, now), lambda: verify(file)):
        with pytest.raises(InputError, match="the backup is encrypted") as caught:
            attempt()
        assert "decrypt it" in caught.value.hint


def test_no_more_is_unpacked_than_the_manifest_says(filled, file, now):
    made = back_up(filled, file, now)
    rewrite(file, size=made.size - 1)
    with pytest.raises(InputError, match="damaged"):
        unpack(file, read_manifest(file), file.parent, quiet)
    (copy,) = set(file.parent.iterdir()) - {file}
    assert copy.stat().st_size < made.size


def test_a_backup_without_its_copy_is_damaged(filled, store, file, now):
    back_up(filled, file, now)
    with zipfile.ZipFile(file) as archive:
        manifest = archive.read(MANIFEST)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(MANIFEST, manifest)
    with pytest.raises(InputError, match="damaged"):
        restore(store, file, now)


def test_rows_are_not_lost_unless_told_to(filled, file, now):
    back_up(filled, file, now)
    before = everything(filled)
    with pytest.raises(InputError, match="rows that would be lost") as caught:
        restore(filled, file, now, replace=False)
    assert "portfolios: 2" in caught.value.details
    assert "--yes" in caught.value.hint
    assert everything(filled) == before


def test_what_init_makes_is_no_loss(filled, initialized, file, now):
    back_up(filled, file, now)
    restore(initialized, file, now, replace=False)
    assert everything(initialized) == everything(filled)


def test_what_somebody_has_stored_beside_what_init_makes_is_a_loss(filled, initialized, file, now):
    back_up(filled, file, now)
    with initialized.read() as conn:
        (weight,) = conn.execute(sa.select(benchmarks_sector_weights).limit(1)).mappings()
    for table, statement, undo in (
        (
            "benchmarks_sector_weights",
            sa.insert(benchmarks_sector_weights).values(
                dict(weight) | {"benchmark_code": "X", "data_source": "me"}
            ),
            sa.delete(benchmarks_sector_weights).where(benchmarks_sector_weights.c.benchmark_code == "X"),
        ),
        ("users", sa.update(users).values(password_hash="h"), sa.update(users).values(password_hash=None)),
        ("users", sa.update(users).values(is_local=False), sa.update(users).values(is_local=True)),
    ):
        with initialized.begin() as conn:
            conn.execute(statement)
        with pytest.raises(InputError, match="rows that would be lost") as caught:
            restore(initialized, file, now, replace=False)
        assert caught.value.details == (f"{table}: 1",)
        with initialized.begin() as conn:
            conn.execute(undo)
    restore(initialized, file, now, replace=False)


@pytest.mark.parametrize("replace", [False, True])
def test_tables_of_others_with_our_names_are_never_replaced(filled, other, file, now, replace):
    back_up(filled, file, now)
    other.create_file()
    with other.begin() as conn:
        conn.execute(sa.text("CREATE TABLE positions AS SELECT 7 AS mine"))
    with pytest.raises(InputError, match="tables that are not riskpanel's") as caught:
        restore(other, file, now, replace=replace)
    assert caught.value.details == ("positions",)
    assert "another" in caught.value.hint
    with other.read() as conn:
        assert conn.execute(sa.text("SELECT mine FROM positions")).scalar_one() == 7


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("ours_too", [False, True])
def test_a_sqlite_file_with_tables_of_others_is_never_replaced(
    filled, other, file, now, dialect, replace, ours_too
):
    if dialect == "postgresql":
        return  # there only our own tables go
    back_up(filled, file, now)
    if ours_too:
        initialize(other, now=now)
    other.create_file()
    with other.begin() as conn:
        conn.execute(sa.text("CREATE TABLE diary AS SELECT 'dear' AS text"))
        conn.execute(sa.text("CREATE VIEW words AS SELECT text FROM diary"))
    with pytest.raises(InputError, match="tables that are not riskpanel's") as caught:
        restore(other, file, now, replace=replace)
    assert caught.value.details == ("diary", "words")
    with other.read() as conn:
        assert conn.execute(sa.text("SELECT text FROM words")).scalar_one() == "dear"


def test_a_schema_that_went_down_to_the_base_is_an_empty_database(filled, initialized, file, now):
    back_up(filled, file, now)
    migrate.downgrade(initialized, "base")
    restore(initialized, file, now, replace=False)
    assert everything(initialized) == everything(filled)


def test_a_run_refuses_a_restore_and_the_other_way_round(filled, file, now, migrated_url, open_database):
    back_up(filled, file, now)
    before = everything(filled)
    with hold_lease(filled, lambda: now):
        with pytest.raises(BusyError, match="run is in progress"):
            restore(filled, file, now)
        back_up(filled, file, now, force=True)
    assert everything(filled) == before

    def progress(what, done, total):
        if what == "restore" and done < total and not refused:
            with pytest.raises((BusyError, LockedError)) as caught, hold_lease(hasty, lambda: now):
                pass
            refused.append(caught.value.what)

    refused: list[str] = []
    hasty = open_database(migrated_url, lock_timeout=0.1)
    restore(filled, file, now, progress=progress)
    assert refused
    with filled.read() as conn:
        assert conn.execute(sa.select(run_locks)).all() == []


def test_a_database_without_tables_cannot_be_backed_up(fresh_store, file, now):
    fresh_store.create_file()
    with pytest.raises(StoreError, match="no riskpanel tables") as caught:
        back_up(fresh_store, file, now)
    assert "riskpanel init" in caught.value.hint
    assert not file.exists()


def test_a_database_that_is_ahead_is_neither_backed_up_nor_replaced(filled, file, now):
    back_up(filled, file, now)
    with filled.begin() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '0999_future'"))
    for attempt in (lambda: back_up(filled, file, now, force=True), lambda: restore(filled, file, now)):
        with pytest.raises(StoreError, match="ahead of this riskpanel: schema 0999_future"):
            attempt()
    assert read_manifest(file).revision == migrate.head_revision()


@pytest.mark.parametrize("revision", ["0012_scenarios", "0001_core"])
def test_an_older_schema_is_backed_up_restored_over_this_one_and_upgraded(
    fresh_store, initialized, file, now, revision
):
    migrate.upgrade(fresh_store, revision)
    made = back_up(fresh_store, file, now)
    assert made.revision == revision
    restore(initialized, file, now)
    assert migrate.current_revision(initialized) == revision
    assert schema_of(initialized) == schema_of(fresh_store)
    with pytest.raises(StoreError, match="behind"):
        initialized.require_current_schema()
    assert migrate.upgrade(initialized) == migrate.SchemaChange(revision, migrate.head_revision())
    restore(initialized, file, now)  # and over one that has more tables
    assert migrate.current_revision(initialized) == revision


def test_a_restore_that_is_interrupted_leaves_what_was_there(filled, initialized, file, now):
    back_up(filled, file, now)
    before = everything(initialized)

    def cut(what, _done, _total):
        if what == "restore":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(initialized, file, now, progress=cut)
    assert everything(initialized) == before
    with initialized.read() as conn:
        assert conn.execute(sa.select(run_locks)).all() == []
    restore(initialized, file, now)
    assert everything(initialized) == everything(filled)
