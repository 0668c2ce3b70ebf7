"""``riskpanel explain``: every number of a portfolio and of what it holds, on both databases."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
import typer
from rich.cells import cell_len
from typer.testing import CliRunner

from builders import day, fill_store, result_rows, table_rows
from nightly.nights import SECTORS, books, market, night, ticking
from riskpanel.book.explanations import OF_HOLDINGS, OF_SNAPSHOTS
from riskpanel.book.policy import RiskPolicy
from riskpanel.cli import explain, reports, words
from riskpanel.store.schema import batch_runs, market_data_cache, portfolios

app = typer.Typer()
app.command("explain")(explain.explain)
app.command("report")(reports.report)

PANEL = market(rows=150)
PARTS = ["benchmarks", "holdings", "prices", "scenarios", "sectors"]


@pytest.fixture
def filled(store, now):
    fill_store(store, PANEL, books(PANEL), SECTORS, now=now)
    night(store, day(PANEL, -3), day(PANEL))
    return store


@pytest.fixture
def riskpanel(filled, migrated_url, monkeypatch, tmp_path):
    """Run a command in an empty folder; both streams are kept apart."""
    monkeypatch.chdir(tmp_path)
    runner = CliRunner(
        env={"RISKPANEL_DATABASE_URL": migrated_url, "NO_COLOR": "1", "COLUMNS": "80", "TERM": "dumb"}
    )

    def run(*arguments, exit_code=0, **env):
        given = [str(argument) for argument in arguments]
        outcome = runner.invoke(app, given, env=env, catch_exceptions=False)
        assert outcome.exit_code == exit_code, outcome.output
        return outcome

    return run


def explained(riskpanel, *arguments, **options):
    """The JSON document of an explanation."""
    told = riskpanel("explain", *arguments, "--json", **options).stdout
    return json.loads(told, parse_constant=pytest.fail)


def lines(outcome):
    return [line.strip("│ ") for line in outcome.stdout.splitlines()]


def change_a_price(store, symbol="A", row=-9):
    prices = market_data_cache.c
    with store.begin() as conn:
        own = (prices.symbol == symbol) & (prices.date == day(PANEL, row))
        changed = {"adj_close": prices.adj_close * 1.01, "updated_at": ticking()() + timedelta(days=1)}
        assert conn.execute(sa.update(market_data_cache).where(own).values(changed)).rowcount == 1


def test_the_list_has_every_number_that_the_report_has(riskpanel):
    snapshot = json.loads(riskpanel("report", "long/short", "--json").stdout)["snapshot"]
    found = explained(riskpanel, "long/short")
    assert found["portfolio"]["name"] == "long/short"
    assert {one["metric"]: one["value"] for one in found["metrics"]} == snapshot
    assert [one["metric"] for one in found["metrics"]] == [*OF_SNAPSHOTS]
    assert all((one["value"] is None) == (one["why"] is not None) for one in found["metrics"])


def test_every_number_has_an_explanation_that_fits_the_terminal(riskpanel, filled):
    for arguments in [
        ("long/short",),
        ("long/short", "--symbol", "E"),
        *(("long/short", name) for name in OF_SNAPSHOTS),
        *(("long/short", name, "--symbol", "E") for name in OF_HOLDINGS),
    ]:
        outcome = riskpanel("explain", *arguments)
        assert max(cell_len(line) for line in outcome.stdout.splitlines()) <= 80, arguments
        assert "None" not in outcome.stdout
        assert "\x1b" not in outcome.stdout


def test_a_number_is_told_with_all_its_digits_and_as_the_report_shows_it(riskpanel, filled):
    stored = next(
        row for row in table_rows(filled, "portfolio_snapshots") if row["snapshot_date"] == day(PANEL)
    )
    told = lines(riskpanel("explain", "long", "market_beta_weighted"))
    assert f"Stored        {stored['market_beta_weighted']!r}" in told
    assert f"{stored['market_beta_weighted']:.2f}".replace("-", "−") in told
    assert "Function      riskpanel.risk.weighted_beta" in told
    assert "Section       market_beta_weighted in docs/methods.md" in told
    first = words.day(day(PANEL, -90)).replace(words.SPACE, " ")
    assert f"Window        90 sessions, {first} to 31 Dec 2024" in told
    assert "beta_window             90  look-back of the market beta" in told


def test_the_run_that_wrote_a_number_is_named_with_its_inputs(riskpanel, filled):
    (run,) = table_rows(filled, "batch_runs")
    found = explained(riskpanel, "long", "hhi")["run"]
    assert (found["id"], found["kind"], found["engine"], found["version"]) == (
        run["id"],
        "backfill",
        "local",
        run["version"],
    )
    assert found["policy_fingerprint"] == RiskPolicy().fingerprint
    assert (found["inputs_hash"], found["inputs"]) == (run["inputs_hash"], run["inputs"])
    told = lines(riskpanel("explain", "long", "hhi"))
    assert f"Inputs        {run['inputs_hash'][:16]}" in told
    assert [part for part in PARTS if f"{part.ljust(12)}{run['inputs'][part][:16]}" in told] == PARTS


def test_a_rerun_that_changes_nothing_leaves_the_run_and_is_told(riskpanel, filled):
    first = explained(riskpanel, "long", "hhi")
    assert first["later_run"] is None
    ids = {row["name"]: row["id"] for row in table_rows(filled, "portfolios")}
    night(filled, day(PANEL), portfolio_ids=(ids["cash"],), clock=ticking())
    assert explained(riskpanel, "long", "hhi") == first
    last = night(filled, day(PANEL), clock=ticking()).run_id
    again = explained(riskpanel, "long", "hhi")
    assert (again["run"], again["later_run"]["id"]) == (first["run"], last)
    told = " ".join(lines(riskpanel("explain", "long", "hhi")))
    assert f"run {last} of 30 Jun 2025 computed the same row again" in told
    assert explained(riskpanel, "long", "hhi", "--as-of", day(PANEL, -2))["later_run"] is None


def test_an_instruments_number_names_the_run_that_changed_it_last(riskpanel, filled):
    before = explained(riskpanel, "long", "beta", "--symbol", "B")["run"]["id"]
    change_a_price(filled)
    later = night(filled, day(PANEL), clock=ticking(ticking()() + timedelta(days=1))).run_id
    assert explained(riskpanel, "long", "beta", "--symbol", "B")["run"]["id"] == before
    assert explained(riskpanel, "long", "beta", "--symbol", "A")["run"]["id"] == later
    assert explained(riskpanel, "long", "market_beta_weighted")["run"]["id"] == later


def test_a_null_has_its_reason_and_what_helps(riskpanel):
    found = explained(riskpanel, "long/short", "market_beta_adjusted")
    assert (found["value"], found["shown"], found["reason"]) == (None, "—", "small_universe")
    told = lines(riskpanel("explain", "long/short", "market_beta_adjusted"))
    assert "—  too few instruments have a beta to compare it with" in told
    assert "Remedy        Import prices of more instruments." in told


def test_every_null_says_why(riskpanel):
    for reason, *arguments in (
        ("no_positions", "cash", "hhi"),
        ("short_history", "long", "value_at_risk_95"),
        ("no_benchmark", "against A", "sector_benchmark_date"),
        ("short_history", "long/short", "realized_volatility_63d", "--symbol", "E"),
        ("short_history", "long/short", "expected_volatility_low", "--symbol", "E"),
        ("short_history", "long/short", "beta_adjusted", "--symbol", "E"),
    ):
        found = explained(riskpanel, *arguments)
        assert (found["value"], found["reason"]) == (None, reason), arguments


def test_what_is_left_out_or_imputed_is_named_with_the_number(riskpanel):
    found = explained(riskpanel, "long", "realized_volatility_21d")
    assert [(one["reason"], one["symbols"]) for one in found["findings"]] == [("imputed", ["D"])]
    assert found["inputs"]["coverage"] < 1
    told = lines(riskpanel("explain", "long", "realized_volatility_21d"))
    assert "● Returns are missing on some days: D." in told


def test_the_benchmark_and_the_index_are_named_where_they_count(riskpanel):
    inputs = explained(riskpanel, "long", "sector_exposure")["inputs"]
    assert inputs["benchmark"]["code"] == "SP500"
    assert inputs["benchmark"]["date"] == "2024-12-06"
    assert inputs["market_index"] is None
    against = explained(riskpanel, "against A", "tracking_error")["inputs"]
    assert (against["market_index"], against["benchmark"]) == ("A", None)
    forecast = explained(riskpanel, "long", "expected_volatility_21d")["inputs"]
    assert (against["model"], forecast["model"]) == (None, "log_har_close")
    own = explained(riskpanel, "long", "expected_volatility_low", "--symbol", "B")["inputs"]
    assert own["model"] == "log_har_close"
    (origin,) = against["prices"]
    assert (origin["source"], origin["symbols"]) == ("test", 3)


def test_constants_are_those_of_the_run_and_differ_from_the_defaults_where_it_did(riskpanel, filled):
    night(filled, day(PANEL), policy=RiskPolicy(beta_window=82), clock=ticking())
    found = explained(riskpanel, "long", "market_beta_weighted")
    assert found["inputs"]["window"]["sessions"] == 82
    assert found["policy"][0] == {
        "name": "beta_window",
        "value": 82,
        "default": 90,
        "meaning": "look-back of the market beta",
    }
    told = riskpanel("explain", "long", "market_beta_weighted").stdout
    assert "beta_window             82  look-back of the market beta (default 90)" in told


def test_a_run_of_an_older_version_has_what_it_recorded(riskpanel, filled):
    with filled.begin() as conn:
        policy = RiskPolicy().model_dump(mode="json")
        del policy["max_price_age"]
        conn.execute(sa.update(batch_runs).values(inputs=None, policy=policy, version="0.0.1"))
    found = explained(riskpanel, "long", "hhi")
    assert (found["run"]["inputs"], found["policy"][0]["value"]) == (None, None)
    told = lines(riskpanel("explain", "long", "hhi", "--recompute"))
    assert "From what is stored now: the same to the last bit." in told
    assert any(line.startswith("Which inputs have changed is not known") for line in told)
    assert any(line.startswith("The run was of riskpanel 0.0.1, this is ") for line in told)
    assert "Not in the policy of that run, taken at their defaults: max_price_age." in told


# ---------------------------------------------------------------- computed again


def test_everything_is_the_same_to_the_last_bit_when_it_is_computed_again(riskpanel, filled):
    before = result_rows(filled), table_rows(filled, "batch_runs")
    for book in books(PANEL):
        outcome = riskpanel("explain", book.name, "--recompute")
        assert "are the same to the last bit. No input has changed" in " ".join(outcome.stdout.split())
        for lot in {lot.symbol for lot in book.lots if lot.exit is None}:
            again = explained(riskpanel, book.name, "--symbol", lot, "--recompute")["metrics"]
            assert {one["recomputed"]["same"] for one in again} == {True, None}
    assert (result_rows(filled), table_rows(filled, "batch_runs")) == before


def test_another_price_is_named_as_what_changed_and_ends_with_1(riskpanel, filled):
    change_a_price(filled)
    found = explained(riskpanel, "long", "market_beta_weighted", "--recompute", exit_code=1)["recomputed"]
    assert (found["same"], found["changed_inputs"], found["failure"]) == (False, ["prices"], None)
    told = " ".join(lines(riskpanel("explain", "long", "market_beta_weighted", "--recompute", exit_code=1)))
    assert f"From what is stored now: different, {found['value']!r}, shown as " in told
    assert "Inputs that have changed since the run: prices." in told
    assert "Some of these prices were stored after the run began" in told
    kept = explained(riskpanel, "long", "cash_value", "--recompute")["recomputed"]
    assert (kept["same"], kept["changed_inputs"]) == (True, ["prices"])
    whole = " ".join(riskpanel("explain", "long", "--recompute", exit_code=1).stdout.split())
    assert "numbers are not the same. Inputs that have changed since the run: prices." in whole
    own = explained(riskpanel, "long", "beta", "--symbol", "A", "--recompute", exit_code=1)["recomputed"]
    assert own["same"] is False


def test_a_portfolio_that_cannot_be_computed_any_more_says_why(riskpanel, filled):
    with filled.begin() as conn:
        conn.execute(sa.update(portfolios).where(portfolios.c.name == "long").values(cash_balance=-1e6))
    found = explained(riskpanel, "long", "hhi", "--recompute", exit_code=1)["recomputed"]
    assert (found["same"], found["value"], found["changed_inputs"]) == (False, None, ["holdings"])
    assert found["failure"].startswith("net asset value is ")
    told = " ".join(lines(riskpanel("explain", "long", "hhi", "--recompute", exit_code=1)))
    assert "The portfolio has no snapshot of this session any more: net asset value is" in told
    assert "cannot be computed any more" in riskpanel("explain", "long", "--recompute", exit_code=1).stdout


def test_a_run_of_some_portfolios_is_compared_with_the_inputs_of_those(riskpanel, filled):
    ids = {row["name"]: row["id"] for row in table_rows(filled, "portfolios")}
    with filled.begin() as conn:
        conn.execute(sa.update(portfolios).where(portfolios.c.name == "long").values(cash_balance=9.0))
    night(filled, day(PANEL), portfolio_ids=(ids["long"],), clock=ticking())
    with filled.begin() as conn:
        conn.execute(sa.update(portfolios).where(portfolios.c.name == "cash").values(cash_balance=1.0))
    found = explained(riskpanel, "long", "net_asset_value", "--recompute")["recomputed"]
    assert (found["same"], found["changed_inputs"]) == (True, [])


def test_a_policy_that_this_version_cannot_read_is_an_input_error(riskpanel, filled):
    with filled.begin() as conn:
        conn.execute(sa.update(batch_runs).values(policy=RiskPolicy().model_dump(mode="json") | {"odd": 1}))
    outcome = riskpanel("explain", "long", "hhi", "--recompute", exit_code=2)
    assert outcome.stdout == ""
    assert "error: the policy of run 1 cannot be read by riskpanel " in outcome.stderr
    assert explained(riskpanel, "long", "hhi")["policy"][0]["value"] == 21


# ---------------------------------------------------------------- what cannot be explained


def test_what_cannot_be_explained_exits_with_2_and_what_helps(riskpanel):
    for arguments, error, hint in (
        (("lng", "hhi"), "no portfolio: lng", "did you mean long?"),
        (("long", "hhi", "--as-of", "2020-01-02"), "no snapshot of 'long' on 2020-01-02", "2024-12-31"),
        (("long", "beta"), "unknown metric: beta", "riskpanel explain NAME beta --symbol SYMBOL"),
        (("long", "tracking"), "unknown metric: tracking", "did you mean tracking_error?"),
        (("long", "hhi", "--symbol", "A"), "unknown metric: hhi", "of the portfolio: leave --symbol out"),
        (("long", "beta", "--symbol", "C"), "not held by 'long' on 2024-12-31: C", "it held "),
        (("cash", "beta", "--symbol", "C"), "not held by 'cash' on 2024-12-31: C", "nothing but cash"),
        (
            ("long", "weight", "--symbol", "A", "--recompute"),
            "not a stored number: weight",
            "it is made of lots and closes when it is read",
        ),
    ):
        outcome = riskpanel("explain", *arguments, exit_code=2)
        assert outcome.stdout == ""
        first, second = outcome.stderr.splitlines()
        assert first == f"error: {error}"
        assert second.startswith("hint: ")
        assert hint in second


def test_an_old_snapshot_is_said_to_be_old_unless_its_session_was_asked_for(riskpanel):
    assert "warning: the newest snapshot is of 2024-12-31, " in riskpanel("explain", "long").stderr
    assert riskpanel("explain", "long", "--as-of", "2024-12-31").stderr == ""
