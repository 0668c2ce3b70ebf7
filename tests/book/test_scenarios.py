import numpy as np

from riskpanel.book.scenarios import built_in_scenarios
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.risk import stress

SCENARIOS = built_in_scenarios()


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
    assert len(set(SCENARIOS.names)) == len(SCENARIOS.names) == 18
    assert max(map(len, SCENARIOS.names)) <= 60
    assert SCENARIOS.names[7:9] == ("communication_services_down_20", "consumer_discretionary_down_20")


def test_each_sector_has_a_scenario_that_moves_it_alone():
    for position, sector in enumerate(GICS_SECTORS):
        row = SCENARIOS.names.index(f"{sector.lower().replace(' ', '_')}_down_20")
        assert SCENARIOS.kinds[row] == "sector"
        assert SCENARIOS.market_shocks[row] == 0.0
        assert np.flatnonzero(np.isfinite(SCENARIOS.sector_shocks[row])).tolist() == [position]
        assert SCENARIOS.sector_shocks[row, position] == SCENARIOS.shocks[row] == -0.20


def test_the_pnl_is_linear_in_the_shock_and_adds_up_over_positions():
    exposures, betas = np.array([[700.0, -200.0, 55.0]]), [1.2, 0.4, -0.3]
    shocks = {"sector_codes": [0, 7, 3], "sector_shocks": SCENARIOS.sector_shocks}
    pnl = stress(exposures, betas, SCENARIOS.market_shocks, **shocks).pnl[0]
    by_name = dict(zip(SCENARIOS.names, pnl, strict=True))
    assert by_name["market_down_20"] == 4 * by_name["market_down_5"] == -by_name["market_up_20"]
    np.testing.assert_allclose(by_name["market_down_35"], 7 * by_name["market_down_5"], rtol=1e-12)
    alone = stress(np.diag(exposures[0]), betas, SCENARIOS.market_shocks, **shocks).pnl
    np.testing.assert_allclose(alone.sum(axis=0), pnl, rtol=1e-12, atol=1e-12)
    assert by_name["information_technology_down_20"] == 40.0
    assert by_name["utilities_down_20"] == 0.0
