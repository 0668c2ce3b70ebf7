"""One user's rows do not exist for another, at any address that the application describes."""

import re

import pytest
import sqlalchemy as sa

from api.conftest import NOW, app_over
from api.listed import PREFIX, THEIRS, lots_of, other_user, walk
from builders import day
from nightly.nights import night
from riskpanel.store.schema import portfolios, positions, users

OWNED = {"portfolio_id", "position_id"}
SHARED = {"run_id": 1, "code": "SP500"}  # of all users, with what is not the asker's left out
ADDRESSES = sorted(app_over(None).openapi()["paths"])  # describing opens nothing


def owned(address):
    return set(re.findall(r"{(\w+)}", address)) & OWNED


@pytest.fixture
def theirs(store, api_world, panel):
    """Ids of another user, by the name that they have in addresses, with a history as long as the asker's."""
    ids, lots = other_user(store, now=NOW)
    night(store, day(panel, -3), day(panel))
    return {"portfolio_id": ids[f"p, {THEIRS}"], "position_id": lots["A"]}


def at(address, ids):
    return address.format(**SHARED, **ids)


def test_every_part_of_an_address_is_known_to_belong_to_somebody_or_to_all():
    parts = {part for address in ADDRESSES for part in re.findall(r"{(\w+)}", address)}
    assert parts == OWNED | SHARED.keys()
    assert len([address for address in ADDRESSES if owned(address)]) >= 7


@pytest.mark.parametrize("address", [address for address in ADDRESSES if owned(address)])
def test_an_id_of_another_user_is_answered_as_if_it_did_not_exist(client, store, theirs, address):
    foreign = client.get(at(address, theirs))
    with store.begin() as conn:
        other = sa.select(portfolios.c.id).join(users).where(users.c.name == "other")
        conn.execute(sa.delete(positions).where(positions.c.portfolio_id.in_(other)))
        conn.execute(sa.delete(portfolios).where(portfolios.c.id.in_(other)))
    unknown = client.get(at(address, theirs))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.content == unknown.content
    varying = {"x-request-id"}
    assert {k: v for k, v in foreign.headers.items() if k not in varying} == {
        k: v for k, v in unknown.headers.items() if k not in varying
    }


@pytest.mark.parametrize("address", [address for address in ADDRESSES if owned(address)])
def test_its_owner_is_answered(client, store, theirs, address):
    with store.begin() as conn:  # the other user becomes the one on whose behalf requests read
        conn.execute(sa.update(users).where(users.c.name == "local").values(name="was local"))
        conn.execute(sa.update(users).where(users.c.name == "other").values(name="local"))
    assert client.get(at(address, theirs)).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_answer_to_the_asker_names_what_is_anothers(client, store, api_world, theirs, address):
    mine = {"portfolio_id": api_world["p"], "position_id": lots_of(store, api_world["p"])["A"]}
    answer = client.get(at(address, mine))
    assert answer.status_code == 200
    assert THEIRS not in answer.text


def test_lists_of_two_users_are_disjoint_and_together_all_there_is(client, store, theirs):
    def seen():
        own = walk(client, "/portfolios")
        lots = [lot for item in own for lot in walk(client, f"/portfolios/{item['id']}/positions")]
        return {item["id"] for item in own}, {lot["id"] for lot in lots}

    mine, my_lots = seen()
    with store.begin() as conn:
        conn.execute(sa.update(users).where(users.c.name == "local").values(name="was local"))
        conn.execute(sa.update(users).where(users.c.name == "other").values(name="local"))
    others, their_lots = seen()
    with store.read() as conn:
        every = {
            table.name: set(conn.execute(sa.select(table.c.id)).scalars())
            for table in (portfolios, positions)
        }
    assert mine.isdisjoint(others)
    assert my_lots.isdisjoint(their_lots)
    assert every == {"portfolios": mine | others, "positions": my_lots | their_lots}
    assert theirs["portfolio_id"] in others


def test_no_cursor_leads_into_the_list_of_another(client, theirs, api_world):
    cursor = client.get(f"{PREFIX}/portfolios?limit=1").json()["next_cursor"]
    for portfolio_id in (theirs["portfolio_id"], 424_242):
        answer = client.get(f"{PREFIX}/portfolios/{portfolio_id}/positions", params={"cursor": cursor})
        assert answer.status_code == 422
    assert THEIRS not in client.get(f"{PREFIX}/portfolios", params={"cursor": cursor}).text
