from datetime import timedelta
from decimal import Decimal

import pytest

from imported_rows import TODAY, contents, file, prices, rows
from riskpanel.errors import InputError
from riskpanel.nightly.ingest import import_instruments, import_portfolios, import_positions, import_prices
from shared_files import shared_data

__all__ = ["file", "prices", "shared_data"]


# ---------------------------------------------------------------- positions


def positions(store, path, now, **options):
    return import_positions(store, path, today=TODAY, now=now, **options)


def test_positions_create_their_portfolio_with_its_defaults(prices, store, file, now):
    report = positions(store, file("symbol,quantity\nAAPL,10\nXOM,-5\n"), now, portfolio="a")
    (change,) = report.portfolios
    assert (change.name, change.status, change.added) == ("a", "created", 2)
    (portfolio,) = rows(store, "portfolios")
    assert [portfolio[name] for name in ("currency", "market_index", "benchmark_code", "cash_balance")] == [
        "USD",
        "SPY",
        "SP500",
        0,
    ]
    assert [(row["symbol"], row["position_type"], row["quantity"]) for row in rows(store, "positions")] == [
        ("AAPL", "LONG", 10),
        ("XOM", "SHORT", 5),
    ]


def test_importing_positions_twice_changes_nothing(prices, store, file, now):
    path = file("symbol,quantity,entry_date,entry_price\nAAPL,10.5,2022-01-03,150.25\nXOM,-5,,\n")
    options = {"portfolio": "a", "equity": Decimal(5000), "market_index": "aapl"}
    positions(store, path, now, **options)
    before = contents(store)
    report = positions(store, path, now + timedelta(days=1), **options)
    (change,) = report.portfolios
    assert (change.status, change.unchanged, change.added, change.changed) == ("unchanged", 2, 0, 0)
    assert contents(store) == before


def test_one_file_may_hold_many_portfolios(prices, store, file, now):
    path = file("portfolio,symbol,quantity\nb,AAPL,1\na,XOM,2\nb,XOM,3\n")
    report = positions(store, path, now)
    assert [(change.name, change.added) for change in report.portfolios] == [("a", 1), ("b", 2)]


def test_a_later_import_changes_terms_only_when_given(prices, store, file, now):
    path = file("symbol,quantity\nAAPL,10\n")
    positions(store, path, now, portfolio="a", cash=Decimal("12.34"), market_index="xom")
    positions(store, path, now, portfolio="a")
    (portfolio,) = rows(store, "portfolios")
    assert (portfolio["cash_balance"], portfolio["market_index"]) == (Decimal("12.34"), "XOM")
    positions(store, path, now, portfolio="a", cash=Decimal(0))
    (portfolio,) = rows(store, "portfolios")
    assert (portfolio["cash_balance"], portfolio["market_index"]) == (Decimal(0), "XOM")


def test_lots_that_the_file_lacks_are_kept_with_a_warning_or_replaced(prices, store, file, now):
    positions(store, file("symbol,quantity\nAAPL,10\nXOM,5\n"), now, portfolio="a", market_index="XOM")
    ids = {row["symbol"]: row["id"] for row in rows(store, "positions")}
    less = file("symbol,quantity\nAAPL,11\n")
    report = positions(store, less, now, portfolio="a")
    assert (report.portfolios[0].changed, report.portfolios[0].kept) == (1, 1)
    assert report.warnings == ("a: positions kept that the file lacks (replace removes them): XOM",)
    report = positions(store, less, now, portfolio="a", replace=True)
    assert (report.portfolios[0].unchanged, report.portfolios[0].removed) == (1, 1)
    assert report.warnings == ()
    assert [(row["id"], row["quantity"]) for row in rows(store, "positions")] == [(ids["AAPL"], 11)]


def test_equity_becomes_cash_at_the_latest_closes(prices, store, file, now):
    header = "symbol,quantity,multiplier,entry_date,exit_date\n"
    text = header + "AAPL,10,1,,\nXOM,-5,2,,\nXOM,100,,2022-01-03,2022-12-28\n"
    report = positions(store, file(text), now, portfolio="a", equity=Decimal(5000))
    assert report.portfolios[0].cash_balance == Decimal(5000) - 10 * 126 + 5 * 2 * 105


def test_equity_counts_the_kept_lots_too(prices, store, file, now):
    positions(store, file("symbol,quantity\nXOM,10\n"), now, portfolio="a")
    report = positions(store, file("symbol,quantity\nAAPL,1\n"), now, portfolio="a", equity=Decimal(2000))
    assert report.portfolios[0].cash_balance == Decimal(2000) - 1050 - 126


def test_equity_without_a_price_names_the_symbols_and_writes_nothing(prices, store, file, now):
    before = contents(store)
    path = file("symbol,quantity\nAAPL,1\nZZ,1\nYY,1\n")
    with pytest.raises(InputError, match="equity of a needs prices of YY, ZZ"):
        positions(store, path, now, portfolio="a", equity=Decimal(5))
    assert contents(store) == before


def test_equity_at_an_older_close_is_warned_about(prices, store, file, now):
    import_prices(store, [file("date,OLD\n2022-12-27,5\n")], today=TODAY, now=now)
    path = file("symbol,quantity\nAAPL,1\nOLD,1\n")
    report = positions(store, path, now, portfolio="a", equity=Decimal(500), market_index="AAPL")
    assert report.portfolios[0].cash_balance == 500 - 126 - 5
    assert report.warnings == ("a: equity of 2022-12-28 uses older closes of OLD",)


def test_symbols_without_prices_are_warned_about(prices, store, file, now):
    report = positions(store, file("symbol,quantity\nAAPL,1\nQQQ,1\n"), now, portfolio="a")
    assert report.warnings == ("no prices stored for QQQ, SPY: import them before the next run",)


def test_a_name_that_differs_in_capitals_only_is_warned_about(prices, store, file, now):
    path = file("symbol,quantity\nAAPL,1\n")
    positions(store, path, now, portfolio="Kids", market_index="AAPL")
    report = positions(store, path, now, portfolio="kids", market_index="AAPL")
    assert report.warnings == ("kids: a new portfolio, not the stored Kids",)
    assert positions(store, path, now, portfolio="kids").warnings == ()


BAD_OPTIONS = {
    "both balances": (
        {"portfolio": "a", "cash": Decimal(1), "equity": Decimal(1)},
        "both a cash and an equity",
    ),
    "an infinite balance": ({"portfolio": "a", "cash": Decimal("inf")}, "not a balance"),
    "a NaN balance": ({"portfolio": "a", "equity": Decimal("nan")}, "not a balance"),
    "a giant balance": ({"portfolio": "a", "cash": Decimal("1e16")}, "not a balance"),
    "too many decimals": ({"portfolio": "a", "cash": Decimal("0.00001")}, "at most 4 decimals"),
    "a blank name": ({"portfolio": "  "}, "not a portfolio name"),
    "a control character": ({"portfolio": "a\x07"}, "not a portfolio name"),
    "a long name": ({"portfolio": "x" * 201}, "not a portfolio name"),
    "a bad market index": ({"portfolio": "a", "market_index": "S&P"}, "not a symbol"),
    "no name": ({}, "1 bad row"),
}


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_options_that_do_not_fit_are_refused_and_nothing_is_written(store, file, now, case):
    options, reason = BAD_OPTIONS[case]
    before = contents(store)
    with pytest.raises(InputError, match=reason):
        positions(store, file("symbol,quantity\nAAPL,1\n"), now, **options)
    assert contents(store) == before


@pytest.mark.parametrize("balance", ["cash", "equity"])
def test_one_balance_for_several_portfolios_is_refused(prices, store, file, now, balance):
    before = contents(store)
    path = file("portfolio,symbol,quantity\na,AAPL,1\nb,AAPL,1\n")
    with pytest.raises(InputError, match="one balance for 2 portfolios"):
        positions(store, path, now, **{balance: Decimal(5)})
    assert contents(store) == before


def test_a_bad_position_stops_the_whole_file(store, file, now):
    before = contents(store)
    path = file("portfolio,symbol,quantity,position_type\na,AAPL,1,\nb,AAPL,0,\nb,SPY,1,LC\n")
    with pytest.raises(InputError) as caught:
        positions(store, path, now)
    assert caught.value.details == (
        "f.csv: line 3, quantity: must not be 0",
        "f.csv: line 4, position_type: LC: option positions need deltas, which riskpanel does not have yet",
    )
    report = positions(store, path, now, dry_run=True)
    assert len(report.bad) == 2
    assert contents(store) == before


def test_a_dry_run_of_positions_tells_the_plan_and_writes_nothing(prices, store, file, now):
    positions(store, file("symbol,quantity\nAAPL,1\nXOM,1\n"), now, portfolio="a")
    before = contents(store)
    path = file("symbol,quantity\nAAPL,2\nNEW,1\n")
    report = positions(store, path, now, portfolio="a", replace=True, dry_run=True)
    (change,) = report.portfolios
    assert (change.added, change.changed, change.removed) == (1, 1, 1)
    assert contents(store) == before


def test_the_order_of_rows_does_not_matter(prices, store, file, now):
    header = "symbol,quantity,entry_date\n"
    lots = ["AAPL,1,2022-01-03\n", "AAPL,2,2022-01-03\n", "XOM,3,\n"]
    positions(store, file(header + "".join(lots)), now, portfolio="a")
    before = contents(store)
    positions(store, file(header + "".join(reversed(lots))), now + timedelta(days=1), portfolio="a")
    assert contents(store) == before


# ---------------------------------------------------------------- portfolios


def portfolio_file(file, *lines):
    return file("\n".join(["name,currency,market_index,benchmark_code,cash_balance,equity_balance", *lines]))


def test_portfolios_are_created_changed_and_left_alone(store, file, now):
    first = portfolio_file(file, "a,USD,spy,SP500,100.50,", "b,,,,,")
    report = import_portfolios(store, first, today=TODAY, now=now)
    assert [(change.name, change.status) for change in report.portfolios] == [
        ("a", "created"),
        ("b", "created"),
    ]
    before = contents(store)
    report = import_portfolios(store, first, today=TODAY, now=now + timedelta(days=1))
    assert {change.status for change in report.portfolios} == {"unchanged"}
    assert contents(store) == before
    report = import_portfolios(store, portfolio_file(file, "b,,QQQ,,7,"), today=TODAY, now=now)
    assert [(change.status, change.market_index) for change in report.portfolios] == [("changed", "QQQ")]


def test_an_equity_balance_is_turned_into_cash(prices, store, file, now):
    positions(store, file("symbol,quantity\nAAPL,10\n"), now, portfolio="a")
    report = import_portfolios(store, portfolio_file(file, "a,,,,,2000"), today=TODAY, now=now)
    assert report.portfolios[0].cash_balance == 2000 - 1260


def test_an_equity_balance_without_positions_is_refused(store, file, now):
    before = contents(store)
    with pytest.raises(InputError, match="equity_balance without positions: a"):
        import_portfolios(store, portfolio_file(file, "a,,,,,2000", "b,,,,5,"), today=TODAY, now=now)
    assert contents(store) == before


def test_a_bad_portfolio_stops_its_file(store, file, now):
    before = contents(store)
    path = portfolio_file(file, "a,,,,1,", "b,EUR,,,1,")
    with pytest.raises(InputError) as caught:
        import_portfolios(store, path, today=TODAY, now=now)
    assert caught.value.details == (
        "f.csv: line 3, currency: currency EUR is not supported until exchange rates exist",
    )
    assert len(import_portfolios(store, path, today=TODAY, now=now, dry_run=True).bad) == 1
    import_portfolios(store, portfolio_file(file, "a,,,,1,"), today=TODAY, now=now, dry_run=True)
    assert contents(store) == before


# ---------------------------------------------------------------- real files


def test_real_prices_constituents_and_positions_work_together(store, shared_data, file, now):
    names = ("skfolio_sp500_index.csv.gz", "skfolio_sp500_dataset.csv.gz")
    report = import_prices(store, [shared_data / name for name in names], today=TODAY, now=now)
    assert (report.written, report.symbols) == (174_573, 21)
    assert report.warnings == (
        "AAPL 2000-09-29: a move of -51.8 % from the row before",
        "AMD 2016-04-22: a move of +52.3 % from the row before",
        "RRC 1990-04-10: a move of -66.7 % from the row before",
        "RRC 1998-10-19: a move of +53.5 % from the row before",
        "such rows are saved; --quarantine sets them aside",
    )
    instruments = shared_data / "sp500_constituents_gics_2026-08.csv"
    assert import_instruments(store, instruments, now=now).written == 503
    path = file("symbol,quantity\nAAPL,10\nJPM,20\n")
    found = positions(store, path, now, portfolio="a", equity=Decimal(10_000), market_index="SP500")
    assert found.warnings == ()
    assert found.portfolios[0].cash_balance == Decimal("6151.7600")
