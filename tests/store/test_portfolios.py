from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from riskpanel.book.imports import InstrumentRow, LotRow
from riskpanel.book.lots import plan_lots
from riskpanel.errors import InputError
from riskpanel.store.instruments import ensure_instruments, save_instruments
from riskpanel.store.portfolios import (
    PortfolioTerms,
    ensure_local_user,
    find_portfolio,
    list_portfolios,
    load_lots,
    save_lot_plans,
    save_portfolios,
)
from riskpanel.store.schema import instruments, portfolios, positions, users


def terms(name, cash="0", index="SPY"):
    return PortfolioTerms(name, "USD", index, "SP500", Decimal(cash))


def row(symbol, quantity, **fields):
    values = {"multiplier": Decimal(1), "entry_price": None, "entry_date": None} | fields
    return LotRow(2, "p", symbol, "LONG", Decimal(quantity), exit_price=None, exit_date=None, **values)


@pytest.fixture
def conn(store):
    with store.begin() as conn:
        yield conn


@pytest.fixture
def user(conn, now):
    return ensure_local_user(conn, now=now)


def test_the_local_user_is_an_administrator_and_made_once(conn, now):
    assert ensure_local_user(conn, now=now) == ensure_local_user(conn, now=now + timedelta(days=1))
    (found,) = conn.execute(sa.select(users)).mappings().all()
    assert (found["name"], found["is_admin"], found["created_at"]) == ("local", True, now)


def test_portfolios_are_listed_by_name_with_exact_cash(conn, user, now):
    ids = save_portfolios(conn, [terms("b", "12.3456"), terms("Ä 東京")], user_id=user, now=now)
    first, second = list_portfolios(conn, user_id=user)
    assert {first.name: first.id, second.name: second.id} == ids
    assert {first.cash_balance, second.cash_balance} == {Decimal("12.3456"), Decimal(0)}


def test_saving_the_same_portfolio_again_touches_nothing(conn, user, now):
    ids = save_portfolios(conn, [terms("a", "1.5")], user_id=user, now=now)
    later = now + timedelta(days=1)
    assert save_portfolios(conn, [terms("a", "1.5")], user_id=user, now=later) == ids
    assert conn.execute(sa.select(portfolios.c.updated_at)).scalar_one() == now


def test_a_changed_portfolio_keeps_its_id_and_creation_time(conn, user, now):
    ids = save_portfolios(conn, [terms("a"), terms("b")], user_id=user, now=now)
    later = now + timedelta(days=1)
    assert save_portfolios(conn, [terms("a", "7", "^GSPC")], user_id=user, now=later) == ids
    found = conn.execute(sa.select(portfolios).order_by("name")).mappings().all()
    assert [(each["created_at"], each["updated_at"]) for each in found] == [(now, later), (now, now)]
    assert (found[0]["market_index"], found[0]["cash_balance"]) == ("^GSPC", Decimal(7))


def test_a_portfolio_is_found_by_name_or_id(conn, user, now):
    ids = save_portfolios(conn, [terms("Balanced"), terms("9")], user_id=user, now=now)
    assert find_portfolio(conn, "Balanced", user_id=user).id == ids["Balanced"]
    assert find_portfolio(conn, str(ids["Balanced"]), user_id=user).name == "Balanced"
    assert find_portfolio(conn, " 9 ", user_id=user).id == ids["9"]


def test_an_unknown_portfolio_names_the_nearest_and_the_known_ones(conn, user, now):
    save_portfolios(conn, [terms("Balanced"), terms("Growth")], user_id=user, now=now)
    with pytest.raises(InputError, match="no portfolio: Balancd") as caught:
        find_portfolio(conn, "Balancd", user_id=user)
    assert caught.value.hint == "did you mean Balanced? known portfolios: Balanced, Growth"


def test_without_portfolios_the_hint_says_how_to_make_one(conn, user):
    with pytest.raises(InputError) as caught:
        find_portfolio(conn, "x", user_id=user)
    assert "import positions" in caught.value.hint


def test_another_users_portfolios_are_not_found(conn, user, now):
    conn.execute(sa.insert(users).values(name="ann", is_admin=False, created_at=now, updated_at=now))
    ann = conn.execute(sa.select(users.c.id).where(users.c.name == "ann")).scalar_one()
    save_portfolios(conn, [terms("hers")], user_id=ann, now=now)
    assert list_portfolios(conn, user_id=user) == []
    with pytest.raises(InputError):
        find_portfolio(conn, "hers", user_id=user)


def test_lots_are_read_back_exactly_and_planned_again_are_unchanged(conn, user, now):
    (portfolio,) = save_portfolios(conn, [terms("a")], user_id=user, now=now).values()
    rows = [
        row("A", "0.0000000001"),
        row("A", "123456.7891234567", entry_date=date(2022, 1, 3), entry_price=Decimal("3.25")),
        row("B", "999999999999999000", multiplier=Decimal(100)),
    ]
    save_lot_plans(conn, {portfolio: plan_lots([], rows, replace=False)}, source="file", now=now)
    lots = load_lots(conn, [portfolio])[portfolio]
    assert [each.symbol for each in lots] == ["A", "A", "B"]
    assert lots[1].quantity == Decimal("123456.7891234567")
    assert len(plan_lots(lots, rows, replace=True).unchanged) == 3
    assert conn.execute(sa.select(sa.func.count()).select_from(instruments)).scalar_one() == 2


def test_a_plan_adds_changes_and_removes_and_leaves_the_rest_untouched(conn, user, now):
    (portfolio,) = save_portfolios(conn, [terms("a")], user_id=user, now=now).values()
    first = [row("A", "1"), row("B", "1"), row("C", "1")]
    save_lot_plans(conn, {portfolio: plan_lots([], first, replace=False)}, source="file", now=now)
    before = {each.symbol: each.id for each in load_lots(conn, [portfolio])[portfolio]}
    later = now + timedelta(days=1)
    wanted = [row("A", "1"), row("B", "2"), row("D", "1")]
    plan = plan_lots(load_lots(conn, [portfolio])[portfolio], wanted, replace=True)
    save_lot_plans(conn, {portfolio: plan}, source="file", now=later)
    after = load_lots(conn, [portfolio])[portfolio]
    assert [(each.symbol, each.quantity) for each in after] == [("A", 1), ("B", 2), ("D", 1)]
    assert [each.id for each in after][:2] == [before["A"], before["B"]]
    times = conn.execute(sa.select(positions.c.updated_at).order_by(positions.c.id)).scalars().all()
    assert times == [now, later, later]


def test_lots_of_portfolios_without_any_are_empty(conn, user, now):
    ids = save_portfolios(conn, [terms("a"), terms("b")], user_id=user, now=now)
    assert load_lots(conn, ids.values()) == dict.fromkeys(ids.values(), ())
    assert load_lots(conn, []) == {}


@pytest.mark.parametrize("portfolios_count", [2, 50])
def test_loading_costs_the_same_for_two_and_fifty_portfolios(store, now, portfolios_count):
    with store.begin() as conn:
        user = ensure_local_user(conn, now=now)
        names = [terms(f"p{number}") for number in range(portfolios_count)]
        ids = save_portfolios(conn, names, user_id=user, now=now)
        plan = plan_lots([], [row("A", "1")], replace=False)
        save_lot_plans(conn, dict.fromkeys(ids.values(), plan), source="file", now=now)
    statements = []
    with store.read() as conn:
        sa.event.listen(conn, "before_cursor_execute", lambda *args: statements.append(args[2]))
        assert len(load_lots(conn, ids.values())) == portfolios_count
        list_portfolios(conn, user_id=user)
    assert len([text for text in statements if text != "BEGIN"]) == 2


def instrument(symbol, **facts):
    values = dict.fromkeys(("name", "asset_class", "sector", "industry", "taxonomy")) | facts
    return InstrumentRow(2, symbol, **values)


def test_instruments_keep_what_a_file_does_not_say(conn, now):
    full = instrument("A", name="Agilent", sector="Health Care", taxonomy="gics")
    assert save_instruments(conn, [full], source="file", now=now) == 1
    assert save_instruments(conn, [full], source="file", now=now) == 0
    assert save_instruments(conn, [instrument("A", industry="Tools")], source="file", now=now) == 1
    (found,) = conn.execute(sa.select(instruments)).mappings().all()
    assert [found[name] for name in ("name", "sector", "industry")] == ["Agilent", "Health Care", "Tools"]


def test_instruments_are_inserted_once_however_often_they_are_needed(conn, now):
    ensure_instruments(conn, ["A", "B", "A"], source="file", now=now)
    ensure_instruments(conn, ["B", "C"], source="fmp", now=now)
    found = conn.execute(sa.select(instruments.c.symbol, instruments.c.source).order_by("symbol")).all()
    assert found == [("A", "file"), ("B", "file"), ("C", "fmp")]
