"""What could tell one user of another without an id: counts, hashes, symbols, and ids given again."""

import pytest
import sqlalchemy as sa

from api.accounts_world import API, alike
from api.listed import walk
from api.two_users import OF_SOMEBODY, PANEL, market, move_in, move_out, rows_of, two_users, work
from builders import day, table_rows
from nightly.nights import night
from riskpanel.store.schema import portfolios


@pytest.fixture
def world(store):
    return market(store)


@pytest.fixture
def both(world):
    return two_users(world)


def test_runs_are_the_nights_of_everybody_and_ones_own_and_nights_are_not_counted(world, both):
    stored = table_rows(world.store, "batch_runs")
    for side in both:
        items = walk(side.program, "/runs")
        own = {row["id"] for row in stored if row["user_id"] == side.user_id}
        nights = {row["id"] for row in stored if row["user_id"] is None}
        assert own
        assert nights
        assert {item["id"] for item in items} == own | nights
        counts = ("portfolios_count", "instruments_count", "snapshots_count")
        told = {tuple(item[name] for name in counts) for item in items if item["id"] in nights}
        assert told == {(None, None, None)}
        assert {item["portfolios_count"] for item in items if item["id"] in own} <= {1, 2}


@pytest.mark.parametrize("field", ["portfolios_count", "instruments_count", "snapshots_count", "inputs_hash"])
def test_what_another_user_holds_changes_nothing_of_ones_own_run(world, both, field):
    ann, ben = both

    def run():
        asked = ann.program.post(f"{API}/run-requests", json={"portfolio_id": ann.ids["portfolio_id"]}).json()
        work(world)
        done = ann.program.get(f"{API}/run-requests/{asked['id']}").json()
        told = ann.program.get(f"{API}/runs/{done['run_id']}").json()
        return (told | told["run"])[field]

    before = run()
    lots = [{"symbol": f"{ben.marker}{number}", "quantity": 1} for number in range(3)]
    for lot in lots:
        added = ben.program.post(f"{API}/portfolios/{ben.ids['portfolio_id']}/positions", json=lot)
        assert added.status_code == 201
    assert run() == before


def test_symbols_that_nothing_but_anothers_positions_tells_of_are_not_known(world, both):
    ann, ben = both
    secret = {f"{ben.marker}S", f"{ben.marker}I"}
    listed = {item["symbol"] for item in walk(ann.program, "/instruments")}
    assert listed.isdisjoint(secret)
    assert {"A", "B", f"{ann.marker}S"} <= listed
    assert f"{ben.marker}S" in {item["symbol"] for item in walk(ben.program, "/instruments")}
    found = {symbol: ann.program.get(f"{API}/instruments/{symbol}") for symbol in secret}
    move_out(world.store, ben)
    for symbol, answer in found.items():
        assert answer.status_code == 404
        assert alike(answer, ann.program.get(f"{API}/instruments/{symbol}"))


def test_a_lot_of_such_a_symbol_is_answered_as_one_of_a_symbol_that_never_was(world, both):
    ann, ben = both
    answers = {}
    for symbol in (f"{ben.marker}S", f"{ben.marker}T"):  # the other has but the first
        added = ann.program.post(
            f"{API}/portfolios/{ann.ids['portfolio_id']}/positions", json={"symbol": symbol, "quantity": 1}
        )
        assert added.status_code == 201
        shown = ann.program.get(f"{API}/instruments/{symbol}").json()
        told = [warning.replace(symbol, "it") for warning in added.json()["warnings"]]
        answers[symbol] = told, shown | {"symbol": "it"}
    assert len({str(answer) for answer in answers.values()}) == 1


def leave(world, ben):
    """The user removes every portfolio; SQLite gives their ids to those that are created next."""
    for row in rows_of(world.store, ben.user_id)["portfolios"]:
        assert ben.program.delete(f"{API}/portfolios/{row['id']}").status_code == 204


def test_an_id_that_is_given_again_brings_nothing_of_the_one_before(world, both):
    _, ben = both
    leave(world, ben)
    world.clock.move(hours=1)
    carol = move_in(world, "CARO")
    for operation in OF_SOMEBODY:
        if operation.method == "GET" and operation.path.startswith(("/portfolios", "/data", "/positions")):
            answer = operation.ask(carol.program, carol.ids)
            assert answer.status_code == 200, str(operation)
            assert ben.marker not in answer.text
    for run in walk(carol.program, "/runs"):
        assert ben.marker not in carol.program.get(f"{API}/runs/{run['id']}").text
    assert walk(ben.program, "/portfolios") == []


def change_hands_during_a_night(world, ben):
    """While a night is under way a user removes the portfolios, and another one creates as many."""
    world.add_user("carol")
    carol = world.program("carol", "read", "write")

    def progress(done, total):
        if done == 1:
            leave(world, ben)
            for number in range(2):
                created = carol.post(f"{API}/portfolios", json={"name": f"empty {number}"})
                assert created.status_code == 201

    night(world.store, day(PANEL, -2), day(PANEL), progress=progress)
    return carol


def test_a_night_stores_nothing_of_a_portfolio_in_one_that_was_given_its_id_meanwhile(world, both):
    carol = change_hands_during_a_night(world, both[1])
    for item in walk(carol, "/portfolios"):
        assert carol.get(f"{API}/portfolios/{item['id']}/snapshots").json()["items"] == []
        assert carol.get(f"{API}/data/portfolio/{item['id']}/complete").status_code == 404


def test_a_failure_of_such_a_night_is_not_told_to_whom_the_id_was_given(world, both):
    ben = both[1]
    carol = change_hands_during_a_night(world, ben)
    with world.store.begin() as conn:  # the clock of this test stands still: that of the night does not
        own = portfolios.c.user_id == world.id_of("carol")
        newest = max(row["started_at"] for row in table_rows(world.store, "batch_runs"))
        conn.execute(sa.update(portfolios).where(own).values(created_at=newest.replace(microsecond=1)))
    for run in walk(carol, "/runs"):
        assert ben.marker not in carol.get(f"{API}/runs/{run['id']}").text
