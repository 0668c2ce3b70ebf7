from datetime import date
from decimal import Decimal

import pytest

from riskpanel.errors import InputError
from riskpanel.sources.holdings_files import read_portfolios, read_positions

HEADER = "portfolio,symbol,quantity,position_type,entry_date,entry_price,exit_date,exit_price,multiplier\n"
PORTFOLIO_HEADER = "name,currency,market_index,benchmark_code,cash_balance,equity_balance\n"


@pytest.fixture
def file(tmp_path):
    def file(text):
        path = tmp_path / "f.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return file


def test_a_row_has_every_field(file):
    parsed = read_positions(file(HEADER + "Fond Zoë,brk.b,1.5,long,2022-01-03,300.25,2022-12-28,310,100\n"))
    (row,) = parsed.rows
    assert (row.line, row.portfolio, row.symbol, row.position_type) == (2, "Fond Zoë", "BRK-B", "LONG")
    assert (row.quantity, row.entry_price, row.exit_price) == (
        Decimal("1.5"),
        Decimal("300.25"),
        Decimal(310),
    )
    assert (row.entry_date, row.exit_date) == (date(2022, 1, 3), date(2022, 12, 28))
    assert row.multiplier == 100
    assert parsed.errors == ()


def test_two_columns_are_enough_with_a_portfolio_given(file):
    (row,) = read_positions(file("Symbol,Quantity\nAAPL,10\n"), portfolio="a").rows
    assert (row.portfolio, row.position_type, row.multiplier) == ("a", "LONG", Decimal(1))
    assert row.entry_date is row.entry_price is row.exit_date is row.exit_price is None


@pytest.mark.parametrize(("side", "quantity"), [("", "-10"), ("SHORT", "10"), ("short", "-10")])
def test_a_negative_quantity_means_short(file, side, quantity):
    (row,) = read_positions(file(f"symbol,quantity,position_type\nA,{quantity},{side}\n"), portfolio="a").rows
    assert (row.position_type, row.quantity) == ("SHORT", Decimal(10))


@pytest.mark.parametrize("quantity", ["999999999999999000", "0.0000000001", "1e5", "+3", ".5", "5."])
def test_quantities_within_the_column_are_exact(file, quantity):
    (row,) = read_positions(file(f"symbol,quantity\nA,{quantity}\n"), portfolio="a").rows
    assert row.quantity == Decimal(quantity)


OPTION = "option positions need deltas, which riskpanel does not have yet"
BAD_ROWS = {
    "no symbol": ("p,,1,,,,,,", "symbol: empty"),
    "a bad symbol": ("p,A*B,1,,,,,,", "symbol: not a symbol: 'A*B'"),
    "no quantity": ("p,A,,,,,,,", "quantity: empty"),
    "a word": ("p,A,ten,,,,,,", "quantity: not a plain number: 'ten'"),
    "thousands separators": ('p,A,"1,000",,,,,,', "quantity: not a plain number: '1,000'"),
    "a NaN": ("p,A,nan,,,,,,", "quantity: not a plain number: 'nan'"),
    "infinity": ("p,A,inf,,,,,,", "quantity: not a plain number: 'inf'"),
    "zero": ("p,A,0,,,,,,", "quantity: must not be 0"),
    "too many digits": ("p,A,1000000000000000000,,,,,,", "quantity: more than 18 digits before the point"),
    "a number that a double rounds up too far": (
        "p,A,999999999999999999,,,,,,",
        "quantity: more than 18 digits before the point",
    ),
    "a giant": ("p,A,1e99,,,,,,", "quantity: more than 18 digits before the point"),
    "too many decimals": ("p,A,0.00000000001,,,,,,", "quantity: more than 10 decimals"),
    "a negative LONG": ("p,A,-10,LONG,,,,,", "quantity: -10 is negative, but the position is LONG"),
    "a long call": ("p,A,1,LC,,,,,", f"position_type: LC: {OPTION}"),
    "a short put": ("p,A,1,sp,,,,,", f"position_type: SP: {OPTION}"),
    "an unknown type": ("p,A,1,HOLD,,,,,", "position_type: unknown: 'HOLD' (LONG or SHORT)"),
    "a US entry date": ("p,A,1,,1/3/2022,,,,", "entry_date: not a date: '1/3/2022'"),
    "an impossible date": ("p,A,1,,2022-02-30,,,,", "entry_date: not a date: '2022-02-30'"),
    "an exit before the entry": ("p,A,1,,2022-01-04,,2022-01-03,,", "exit_date: 2022-01-03 is not after"),
    "an exit on the entry date": ("p,A,1,,2022-01-03,,2022-01-03,,", "exit_date: 2022-01-03 is not after"),
    "a zero entry price": ("p,A,1,,,0,,,", "entry_price: must be above 0, not 0"),
    "a negative multiplier": ("p,A,1,,,,,,-1", "multiplier: must be above 0, not -1"),
    "no portfolio": (",A,1,,,,,,", "portfolio: no portfolio name"),
    "a long name": (f"{'x' * 201},A,1,,,,,,", "portfolio: longer than 200 characters"),
    "a control character": ("a\x07b,A,1,,,,,,", "portfolio: has a control character"),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_is_named_by_line_column_and_reason(file, case):
    row, reason = BAD_ROWS[case]
    parsed = read_positions(file(HEADER + "p,GOOD,1,,,,,,\n" + row + "\n"))
    assert [error.line for error in parsed.errors] == [3]
    assert str(parsed.errors[0]).startswith(f"line 3, {reason}")
    assert [row.symbol for row in parsed.rows] == ["GOOD"]


def test_identical_rows_name_both_lines(file):
    parsed = read_positions(file("symbol,quantity\nBRK.B,1\nA,1\nbrk-b,1.0\n"), portfolio="a")
    assert [str(error) for error in parsed.errors] == ["line 4, symbol: the same position (BRK-B) as line 2"]


def test_lots_that_differ_are_no_duplicates(file):
    text = "symbol,quantity,entry_date\nA,1,2022-01-03\nA,1,2022-01-04\nA,2,2022-01-03\n"
    assert read_positions(file(text), portfolio="a").errors == ()


def test_a_row_of_another_portfolio_than_the_one_given_is_an_error(file):
    parsed = read_positions(file("portfolio,symbol,quantity\nb,A,1\n"), portfolio="a")
    assert "the row says 'b', but the file is for 'a'" in str(parsed.errors[0])


def test_unknown_columns_are_named_in_a_warning(file):
    parsed = read_positions(file("symbol,quantity,Colour,note\nA,1,red,x\n"), portfolio="a")
    assert parsed.warnings == ("columns not used: Colour, note",)


@pytest.mark.parametrize(
    ("header", "reason"), [("symbol,price", "no quantity column"), ("a,b", "no symbol and no")]
)
def test_missing_columns_are_named(file, header, reason):
    with pytest.raises(InputError, match=reason):
        read_positions(file(header + "\n1,2\n"), portfolio="a")


def test_portfolios_have_terms_and_one_balance(file):
    text = PORTFOLIO_HEADER + " a ,usd,spy,SP500,10.5,\nb,,,,,-3\nc,,,,,\n"
    parsed = read_portfolios(file(text))
    assert parsed.errors == ()
    first, second, third = parsed.rows
    assert (first.name, first.currency, first.market_index, first.cash_balance) == (
        "a",
        "USD",
        "SPY",
        Decimal("10.5"),
    )
    assert (second.cash_balance, second.equity_balance) == (None, Decimal(-3))
    assert (third.cash_balance, third.equity_balance, third.market_index) == (None, None, None)


BAD_PORTFOLIOS = {
    "another currency": ("a,EUR,,,,", "currency: currency EUR is not supported until exchange rates exist"),
    "two balances": ("a,,,,1,2", "equity_balance: given together with cash_balance"),
    "no name": (",USD,,,,", "name: empty"),
    "a bad market index": ("a,,S P Y!,,,", "market_index: not a symbol"),
    "a bad balance": ("a,,,,lots,", "cash_balance: not a plain number: 'lots'"),
    "too many decimals": ("a,,,,0.00001,", "cash_balance: more than 4 decimals"),
    "too much money": ("a,,,,1e16,", "cash_balance: more than 16 digits before the point"),
    "a repeated name": ("good,,,,,", "name: 'good' is already on line 2"),
}


@pytest.mark.parametrize("case", BAD_PORTFOLIOS)
def test_a_bad_portfolio_is_named_by_line_column_and_reason(file, case):
    row, reason = BAD_PORTFOLIOS[case]
    parsed = read_portfolios(file(PORTFOLIO_HEADER + "good,,,,,\n" + row + "\n"))
    (error,) = parsed.errors
    assert str(error).startswith(f"line 3, {reason}")
