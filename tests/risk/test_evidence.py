"""Why a number is missing."""

import numpy as np
import pytest

from riskpanel.risk import Reason, absence_reasons


def label(returns, *, missing=True, window=63, min_obs=45, **given):
    code = absence_reasons(np.asarray(returns)[:, None], [missing], window=window, min_obs=min_obs, **given)[
        0
    ]
    return Reason(int(code)).label


def gappy(rows, *holes):
    returns = np.full(rows, 0.01)
    for hole in holes:
        returns[hole] = np.nan
    return returns


def test_nothing_missing_has_no_reason_whatever_the_data():
    assert label(gappy(63, slice(None)), missing=False) is None


def test_no_return_at_all_is_unpriced():
    assert label(np.full(63, np.nan)) == "unpriced"


def test_no_session_at_all_is_unpriced():
    assert label(np.zeros(0)) == "unpriced"


def test_a_late_listing_is_a_short_history():
    assert label(gappy(63, slice(0, 63 - 44))) == "short_history"


def test_a_short_table_is_a_short_history():
    assert label(np.full(44, 0.01)) == "short_history"


@pytest.mark.parametrize(("silent", "expected"), [(4, "gap"), (5, "stale"), (30, "stale")])
def test_a_series_is_stale_from_five_sessions_without_a_return(silent, expected):
    assert label(gappy(63, slice(0, 20), slice(63 - silent, None)), min_obs=43) == expected


def test_holes_in_a_long_history_are_a_gap():
    assert label(gappy(300, slice(260, 290))) == "gap"


def test_enough_returns_that_do_not_allow_the_estimate_are_degenerate():
    assert label(gappy(63)) == "degenerate"
    assert label(gappy(63, slice(0, 18))) == "degenerate"
    assert label(gappy(63, slice(0, 19))) == "short_history"


def test_a_caller_that_asks_more_of_its_evidence_says_itself_what_is_degenerate():
    stopped = gappy(300, slice(290, None))
    assert label(stopped, degenerate=[False]) == "stale"
    assert label(gappy(300, slice(296, 299)), degenerate=[False]) == "gap"
    assert label(gappy(300), degenerate=[True]) == "degenerate"


def test_each_column_has_its_own_reason():
    returns = np.full((63, 4), 0.01)
    returns[:, 1] = np.nan
    returns[:40, 2] = np.nan
    returns[-6:, 3] = np.nan
    returns[:20, 3] = np.nan
    codes = absence_reasons(returns, [False, True, True, True], window=63, min_obs=45)
    assert [Reason(int(code)).label for code in codes] == [None, "unpriced", "short_history", "stale"]
    assert codes.dtype == np.int8


def test_no_column_has_no_reasons():
    assert absence_reasons(np.zeros((5, 0)), np.zeros(0, dtype=bool), window=5, min_obs=3).shape == (0,)


def test_the_labels_are_the_words_of_the_tables():
    assert [reason.label for reason in Reason] == [
        None, "short_history", "stale", "gap", "degenerate", "unpriced", "imputed", "small_universe",
    ]  # fmt: skip
