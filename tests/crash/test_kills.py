"""Killed at any point and run again: the same database as undisturbed; `make kills` kills more."""

import signal
from dataclasses import replace

import pytest

from crash.kills import Kills
from crash.sameness import differences
from crash.stage import DIALECTS
from crash.steps import Moment
from crash.undisturbed import rows_of, run_undisturbed
from crash.world import NIGHTS, commands

COMMANDS = (
    "run", "backfill", "import prices", "import instruments", "import positions", "import portfolios",
    "import scenarios", "import fund", "fetch", "init", "migrate up", "migrate down", "prune",
)  # fmt: skip
CHAIN = 3  # kills in a row, of one database
SEED = 20_250_101


@pytest.fixture(params=DIALECTS)
def world(request):
    return request.getfixturevalue(f"{request.param}_world")


@pytest.fixture
def kills(world, known):
    def kills(name, **options):
        command = commands(world[0].files)[name]
        command = replace(command, start=options.pop("start", command.start))
        key = (world[0].database.dialect, name, command.start)
        if key not in known:
            known[key] = run_undisturbed(*world, command, times=1)
        return Kills(*world, command, SEED, undisturbed=known[key], **options)

    return kills


def test_every_command_is_killed(world):
    assert tuple(commands(world[0].files)) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_killed_at_random_steps_and_run_again_leaves_the_same_database(kills, name):
    killed = kills(name)
    killed.at(killed.draw_moments(CHAIN))
    assert killed.tally.faults == []
    assert killed.tally.kills > 0


@pytest.mark.parametrize("name", ["run", "fetch"])
def test_a_command_killed_at_a_random_time_beside_another_leaves_the_same_database(kills, name):
    killed = kills(name)
    killed.beside_another(1)
    assert killed.tally.faults == []


def test_a_program_that_a_shell_starts_can_be_killed_too(kills):
    killed = kills("backfill")
    killed.of_the_program(1)
    assert killed.tally.faults == []
    assert killed.tally.kills == 1


# Within a transaction: snapshots are written, their stress results not; or the session's first statement.
@pytest.mark.parametrize(
    ("moment", "complete"),
    [
        (Moment("INSERT INTO stress_test_results", 1), 0),
        (Moment("UPDATE run_locks", 3), 2),
        (Moment("INSERT INTO stress_test_results", 4), 3),
    ],
)
def test_a_killed_backfill_leaves_whole_sessions_its_lock_and_its_record(world, kills, moment, complete):
    (made, children), killed = world, kills("backfill", start="held")
    command = replace(commands(made.files)["backfill"], start="held")
    scene = made.begin(command)
    child = children.start(command.argv, scene.folder, signals={moment: signal.SIGKILL})
    assert child.end().killed
    assert made.database.settle(scene) == ""
    found, left = rows_of(made, scene), made.database.rows(scene)
    dates = {str(row["snapshot_date"]) for row in found["portfolio_snapshots"]}
    assert dates == {str(day) for day in NIGHTS[:complete]}
    undisturbed = killed.undisturbed
    assert undisturbed.wholes.half_written(found) == []
    assert undisturbed.wholes.count(found) == (complete, len(NIGHTS))
    assert [run["status"] for run in left["batch_runs"]] == ["running"]
    assert len(left["run_locks"]) == 1
    assert children.run(command.argv, scene.folder).code == 0
    left = made.database.rows(scene)
    assert [run["status"] for run in sorted(left["batch_runs"], key=lambda run: run["id"])] == [
        "abandoned",
        "succeeded",
    ]
    assert left["run_locks"] == []
    assert differences(undisturbed.after, rows_of(made, scene)) == []
    made.database.drop(scene)


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("backfill", Moment("INSERT INTO stress_test_results", 3)),
        ("import positions", Moment("INSERT INTO positions")),
        ("fetch", Moment("INSERT INTO market_data_quarantine")),
        ("migrate up", Moment("UPDATE alembic_version", 3)),
    ],
)
def test_a_riskpanel_that_commits_too_early_would_be_noticed(kills, name, moment):
    killed = kills(name, hooks=("commit_early",))
    killed.at([moment])
    assert killed.tally.faults
