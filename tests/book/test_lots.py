from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from riskpanel.book.imports import LotRow
from riskpanel.book.lots import Lot, LotPlan, active_lots, build_cash, plan_lots

DAY = date(2022, 1, 3)


def row(symbol="A", quantity="1", side="LONG", entry=DAY, **fields):
    values = {"multiplier": Decimal(1), "entry_price": None, "exit_price": None, "exit_date": None} | fields
    return LotRow(2, "p", symbol, side, Decimal(quantity), entry_date=entry, **values)


def lot(number, like):
    return Lot(
        number,
        like.symbol,
        like.position_type,
        like.quantity,
        like.multiplier,
        like.entry_price,
        like.entry_date,
        like.exit_price,
        like.exit_date,
    )


def applied(stored, plan: LotPlan):
    """What the store would hold after the plan."""
    changed = {change.lot.id: lot(change.lot.id, change.row) for change in plan.changed}
    gone = {each.id for each in plan.removed}
    kept = [changed.get(each.id, each) for each in stored if each.id not in gone]
    first = max((each.id for each in stored), default=0) + 1
    return kept + [lot(first + number, each) for number, each in enumerate(plan.added)]


def test_rows_of_an_empty_portfolio_are_all_added():
    plan = plan_lots([], [row("A"), row("B")], replace=False)
    assert [each.symbol for each in plan.added] == ["A", "B"]
    assert plan.changed == plan.unchanged == plan.kept == plan.removed == ()


def test_a_lot_is_matched_by_symbol_type_and_entry_date():
    stored = [lot(1, row("A"))]
    others = [row("B"), row("A", side="SHORT"), row("A", entry=DAY + timedelta(1)), row("A", entry=None)]
    for other in others:
        plan = plan_lots(stored, [other], replace=False)
        assert plan.added == (other,)
        assert plan.kept == tuple(stored)


def test_a_change_names_the_fields_and_keeps_the_lot():
    stored = [lot(7, row(quantity="1"))]
    wanted = row(quantity="2", exit_date=DAY + timedelta(9))
    (change,) = plan_lots(stored, [wanted], replace=True).changed
    assert change.lot.id == 7
    assert change.row == wanted
    assert change.fields == ("quantity", "exit_date")


def test_absent_lots_are_kept_or_with_replace_removed():
    stored = [lot(1, row("A")), lot(2, row("B"))]
    assert [each.id for each in plan_lots(stored, [row("A")], replace=False).kept] == [2]
    plan = plan_lots(stored, [row("A")], replace=True)
    assert [each.id for each in plan.removed] == [2]
    assert [each.id for each in plan.unchanged] == [1]


def test_lots_of_one_key_are_matched_in_order():
    stored = [lot(2, row(quantity="20")), lot(1, row(quantity="10"))]
    plan = plan_lots(stored, [row(quantity="11"), row(quantity="21"), row(quantity="31")], replace=False)
    assert [(change.lot.id, change.row.quantity) for change in plan.changed] == [(1, 11), (2, 21)]
    assert [each.quantity for each in plan.added] == [31]


def test_equal_lots_of_one_key_match_first_so_that_swapped_rows_change_nothing():
    stored = [lot(1, row(quantity="10")), lot(2, row(quantity="20"))]
    plan = plan_lots(stored, [row(quantity="20"), row(quantity="10")], replace=True)
    assert sorted(each.id for each in plan.unchanged) == [1, 2]
    assert plan.changed == plan.removed == plan.added == ()


def test_trailing_zeros_are_no_change():
    stored = [lot(1, row(quantity="10.0000000000", entry_price=Decimal("3.5000000000")))]
    assert plan_lots(stored, [row(quantity="10", entry_price=Decimal("3.5"))], replace=False).unchanged


def test_a_number_longer_than_sqlite_keeps_is_no_change_on_reading_back():
    exact = Decimal("123456789012345678.0123456789")
    as_double = Decimal(float(exact)).quantize(Decimal("1e-10"))
    assert plan_lots([lot(1, row(quantity=as_double))], [row(quantity=exact)], replace=False).unchanged
    assert plan_lots([lot(1, row(quantity=exact))], [row(quantity=exact + 1)], replace=False).changed


def test_cash_is_equity_less_the_exposures_of_active_lots():
    lots = [
        row("A", "10"),
        row("B", "5", side="SHORT", multiplier=Decimal(100)),
        row("C", "1", exit_date=DAY + timedelta(1)),
        row("D", "1", entry=DAY + timedelta(2)),
    ]
    closes = {"A": 12.5, "B": 2.0}
    assert build_cash(Decimal(5000), lots, closes, DAY + timedelta(1)) == Decimal("5875.0000")


def test_a_lot_is_active_from_its_entry_to_the_day_before_its_exit():
    held = row(exit_date=DAY + timedelta(2))
    days = [DAY + timedelta(offset) for offset in (-1, 0, 1, 2)]
    assert [bool(active_lots([held], day)) for day in days] == [False, True, True, False]
    assert active_lots([row(entry=None)], date(1990, 1, 1))


quantities = st.decimals(min_value="0.01", max_value="999999", places=2)
lot_rows = st.builds(
    row,
    symbol=st.sampled_from("AB"),
    quantity=quantities,
    side=st.sampled_from(["LONG", "SHORT"]),
    entry=st.sampled_from([None, DAY, DAY + timedelta(1)]),
    entry_price=st.none() | quantities,
    exit_date=st.sampled_from([None, DAY + timedelta(5)]),
)


@given(st.lists(lot_rows, max_size=8), st.lists(lot_rows, max_size=8), st.booleans())
def test_a_plan_applied_then_planned_again_changes_nothing(before, wanted, replace):
    stored = [lot(number, each) for number, each in enumerate(before, start=1)]
    after = applied(stored, plan_lots(stored, wanted, replace=replace))
    again = plan_lots(after, wanted, replace=replace)
    assert again.added == again.changed == again.removed == ()
    assert len(again.unchanged) == len(wanted)


@given(st.lists(lot_rows, max_size=8), st.lists(lot_rows, max_size=8), st.booleans())
def test_a_plan_accounts_for_every_lot_and_every_row_once(before, wanted, replace):
    stored = [lot(number, each) for number, each in enumerate(before, start=1)]
    plan = plan_lots(stored, wanted, replace=replace)
    ids = [each.id for each in (*plan.unchanged, *plan.kept, *plan.removed)]
    ids += [change.lot.id for change in plan.changed]
    assert sorted(ids) == [each.id for each in stored]
    assert len(plan.added) + len(plan.changed) + len(plan.unchanged) == len(wanted)


@given(st.permutations([row(quantity="1"), row(quantity="2"), row("B"), row(side="SHORT")]))
def test_the_order_of_rows_does_not_matter_to_a_stored_file(wanted):
    stored = [lot(number, each) for number, each in enumerate(sorted(wanted, key=repr), start=1)]
    assert len(plan_lots(stored, wanted, replace=True).unchanged) == len(wanted)
