from datetime import date

import numpy as np
import pytest

from riskpanel.book.scenarios import (
    EVERYBODY,
    REPLAYS,
    ScenarioFault,
    UserScenario,
    Window,
    built_in_scenarios,
    user_scenarios,
)
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.risk import stress

SCENARIOS = built_in_scenarios()
OWN = (
    (4, UserScenario("rate_shock", "rates up", -0.07, {"Energy": 0.1, "Utilities": -0.2}, None)),
    (4, UserScenario("only sectors", None, None, {"Energy": -0.3}, None)),
    (9, UserScenario("my crash", None, None, {}, Window(date(2015, 8, 17), date(2015, 8, 25)))),
)


def test_the_built_in_market_shocks_are_those_of_the_documentation():
    market = [kind == "market" for kind in SCENARIOS.kinds]
    assert SCENARIOS.market_shocks[market].tolist() == [-0.35, -0.20, -0.10, -0.05, 0.05, 0.10, 0.20]
    assert SCENARIOS.names[:7] == (
        "market_down_35",
        "market_down_20",
        "market_down_10",
        "market_down_5",
        "market_up_5",
        "market_up_10",
        "market_up_20",
    )
    assert np.isnan(SCENARIOS.sector_shocks[market]).all()


def test_names_are_unique_and_fit_their_column():
    assert len(set(SCENARIOS.names)) == len(SCENARIOS.names) == len(SCENARIOS) == 21
    assert max(map(len, SCENARIOS.names)) <= 60
    assert max(map(len, SCENARIOS.kinds)) <= 12
    assert SCENARIOS.names[7:9] == ("communication_services_down_20", "consumer_discretionary_down_20")


def test_each_sector_has_a_scenario_that_moves_it_alone():
    for position, sector in enumerate(GICS_SECTORS):
        row = SCENARIOS.names.index(f"{sector.lower().replace(' ', '_')}_down_20")
        assert SCENARIOS.kinds[row] == "sector"
        assert SCENARIOS.market_shocks[row] == 0.0
        assert np.flatnonzero(np.isfinite(SCENARIOS.sector_shocks[row])).tolist() == [position]
        assert SCENARIOS.sector_shocks[row, position] == SCENARIOS.shocks[row] == -0.20


def test_the_three_replays_are_the_windows_of_the_documentation():
    replays = SCENARIOS.select(SCENARIOS.replayed)
    assert replays.names == ("crisis_2008", "covid_2020", "drawdown_2022")
    assert replays.kinds == ("replay",) * 3
    assert replays.windows.tolist() == [
        [date(2007, 10, 9), date(2009, 3, 9)],
        [date(2020, 2, 19), date(2020, 3, 23)],
        [date(2022, 1, 3), date(2022, 10, 12)],
    ]
    assert [tuple(window) for window in replays.windows.tolist()] == list(REPLAYS.values())
    assert np.isnan(replays.shocks).all()  # what the index did is a price's to say
    assert replays.market_shocks.tolist() == [0.0, 0.0, 0.0]
    assert set(SCENARIOS.owners.tolist()) == {EVERYBODY}


@pytest.mark.parametrize(
    ("day", "count"),
    [(date(2009, 3, 8), 0), (date(2009, 3, 9), 1), (date(2022, 10, 11), 2), (date(2022, 10, 12), 3)],
)
def test_a_replay_is_known_from_the_day_on_which_its_window_ended(day, count):
    known = SCENARIOS.select(SCENARIOS.known_on(day))
    assert known.kinds.count("replay") == count
    assert len(known) == 18 + count


def test_a_users_scenarios_become_arrays_with_their_owner():
    own = user_scenarios(OWN)
    assert own.names == ("rate_shock", "only sectors", "my crash")
    assert own.kinds == ("user", "user", "replay")
    np.testing.assert_array_equal(own.shocks, [-0.07, np.nan, np.nan])
    assert own.market_shocks.tolist() == [-0.07, 0.0, 0.0]
    energy, utilities = GICS_SECTORS.index("Energy"), GICS_SECTORS.index("Utilities")
    assert own.sector_shocks[0, [energy, utilities]].tolist() == [0.1, -0.2]
    assert np.isfinite(own.sector_shocks).sum(axis=1).tolist() == [2, 1, 0]
    assert own.windows.tolist() == [[None, None], [None, None], [date(2015, 8, 17), date(2015, 8, 25)]]
    assert own.owners.tolist() == [4, 4, 9]


def test_nobodys_scenarios_are_none_and_joining_keeps_the_order():
    none = user_scenarios(())
    assert len(none) == 0
    assert none.sector_shocks.shape == (0, 11)
    both = SCENARIOS.plus(user_scenarios(OWN)).plus(none)
    assert both.names == (*SCENARIOS.names, "rate_shock", "only sectors", "my crash")
    assert both.select(both.owners == 4).names == ("rate_shock", "only sectors")
    np.testing.assert_array_equal(both.select(np.array([21, 0])).market_shocks, [-0.07, -0.35])


def test_a_fault_names_the_scenario_and_the_key_where_there_is_one():
    assert str(ScenarioFault("a", "market", "not a number: 'x'")) == "a, market: not a number: 'x'"
    assert str(ScenarioFault("a", "", "nothing moves")) == "a: nothing moves"


def test_the_pnl_is_linear_in_the_shock_and_adds_up_over_positions():
    exposures, betas = np.array([[700.0, -200.0, 55.0]]), [1.2, 0.4, -0.3]
    shocks = {"sectors": [0, 7, 3], "sector_shocks": SCENARIOS.sector_shocks}
    pnl = stress(exposures, betas, SCENARIOS.market_shocks, **shocks).pnl[0]
    by_name = dict(zip(SCENARIOS.names, pnl, strict=True))
    assert by_name["market_down_20"] == 4 * by_name["market_down_5"] == -by_name["market_up_20"]
    np.testing.assert_allclose(by_name["market_down_35"], 7 * by_name["market_down_5"], rtol=1e-12)
    alone = stress(np.diag(exposures[0]), betas, SCENARIOS.market_shocks, **shocks).pnl
    np.testing.assert_allclose(alone.sum(axis=0), pnl, rtol=1e-12, atol=1e-12)
    assert by_name["information_technology_down_20"] == 40.0
    assert by_name["utilities_down_20"] == 0.0
