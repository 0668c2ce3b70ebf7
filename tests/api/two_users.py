"""Two users of one server, each with something of every kind, and every request that can be made of them."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient

from api.accounts_world import ANOTHER, API, PASSWORD, World
from api.conftest import NOW, app_over
from builders import day, fill_store, panel_of, random_prices, table_rows
from nightly.nights import night
from riskpanel.book.policy import RiskPolicy
from riskpanel.nightly.worker import Worker
from riskpanel.store.database import Store
from riskpanel.store.schema import batch_runs, metadata, users

PANEL = panel_of(random_prices(66, 140, "AB"))
DOCUMENT = app_over(None).openapi()  # describing opens nothing
SCHEMAS = DOCUMENT["components"]["schemas"]

OWNED = {"portfolio_id", "position_id", "scenario_id", "token_id", "request_id", "run_id"}
SHARED = {"code": "SP500", "symbol": "A"}
ACCOUNTS = {"user_id"}  # of administrators alone

_CSV, _TOML = {"content-type": "text/csv"}, {"content-type": "application/toml"}
_FILES = {
    "/imports/positions": (b"portfolio,symbol,quantity\nimported,A,3\n", _CSV),
    "/imports/portfolios": (b"name,market_index\nimported too,SPY\n", _CSV),
    "/imports/instruments": (b"symbol,name\nA,A company\n", _CSV),
    "/imports/scenarios": (b"[scenarios.imported]\nmarket = -0.1\n", _TOML),
}
_LEFT_OUT = {"equity_balance", "from", "to", "as_of_date"}  # each excludes another field, or needs prices
_OF_THE_CHANGE = {"name"}  # one of a kind
_LAST = ("/auth/password", "/auth/logout", "/auth/logout-everywhere")


@dataclass(frozen=True)
class Operation:
    """One method of one address of the description."""

    method: str
    path: str
    described: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @cached_property
    def parts(self) -> set[str]:
        return set(re.findall(r"{(\w+)}", self.path))

    @property
    def lists(self) -> bool:
        """Whether it answers pages."""
        answered = self.described["responses"].get("200", {}).get("content", {}).get("application/json", {})
        return "/Page_" in str(answered.get("schema"))

    @property
    def rank(self) -> tuple[int, int]:
        """When to ask, so that nothing is removed or signed out before it was asked for."""
        order = ("GET", "POST", "PUT", "PATCH", "DELETE").index(self.method)
        late = 1 if self.path.startswith("/tokens/") or self.path == "/portfolios/{portfolio_id}" else 0
        return (10 + _LAST.index(self.path), 0) if self.path in _LAST else (order, late)

    def body(self, ids: dict[str, int], name: str) -> dict[str, Any]:
        """What to send, by the examples of the description."""
        if self.path in _FILES:
            content, headers = _FILES[self.path]
            return {"content": content, "headers": headers}
        if self.path.startswith("/auth/"):
            asked = {
                "/auth/login": {"name": name, "password": PASSWORD},
                "/auth/setup": {"link": "x", "password": PASSWORD},
                "/auth/password": {"current_password": PASSWORD, "password": ANOTHER},
            }
            return {"json": asked.get(self.path)} if self.path in asked else {}
        content = self.described.get("requestBody", {}).get("content", {})
        if not content:
            return {}
        fields = self._example(content["application/json"]["schema"])
        fields |= {field: f"{fields[field]} by {self.method}" for field in _OF_THE_CHANGE & fields.keys()}
        fields |= {field: ids[field] for field in OWNED & fields.keys()}
        return {"json": fields}

    def _example(self, schema: dict[str, Any]) -> dict[str, Any]:
        named = SCHEMAS[schema["$ref"].rsplit("/", 1)[1]]
        return {
            field: json.loads(json.dumps(told["examples"][0]))
            for field, told in named["properties"].items()
            if field not in _LEFT_OUT
        }

    def ask(self, client: TestClient, ids: dict[str, int], name: str = "x"):
        """Ask with these ids in the address and in the body."""
        address = self.path.format(**SHARED, **ids) if self.parts else self.path
        return client.request(self.method, API + address, **self.body(ids, name))


OPERATIONS = sorted(
    (
        Operation(method.upper(), address.removeprefix(API), described)
        for address, operations in DOCUMENT["paths"].items()
        for method, described in operations.items()
    ),
    key=lambda one: (one.rank, one.path),
)
OF_SOMEBODY = [operation for operation in OPERATIONS if operation.parts & OWNED]


@dataclass(frozen=True)
class Side:
    """A user: ``marker`` stands in everything that the user has named, ``ids`` are of what the user owns."""

    name: str
    marker: str
    user_id: int
    program: TestClient
    browser: TestClient
    ids: dict[str, int]


def market(store: Store) -> World:
    """A server with prices and benchmarks, and nobody but the local administrator."""
    world = World(store)
    fill_store(store, PANEL, [], {"A": "Energy", "B": "Utilities"}, now=NOW)
    return world


def work(world: World) -> None:
    """Compute all that was asked for."""
    worker = Worker(world.store, RiskPolicy(), world.clock)
    while worker.work_once() != "idle":
        pass


def move_in(world: World, marker: str) -> Side:
    """A user with two portfolios, of which one cannot be computed, a scenario, a token and runs."""
    name = f"user {marker}"
    user_id = world.add_user(name)
    program, browser = world.program(name, "read", "write"), world.browser(name)
    lots = [{"symbol": "A", "quantity": 3}, {"symbol": "B", "quantity": -1, "entry_date": "2024-01-02"}]
    good = _made(program, "portfolios", name=f"p {marker}", cash_balance=500, positions=lots)
    only = [{"symbol": f"{marker}S", "quantity": 1}]
    _made(program, "portfolios", name=f"fails {marker}", market_index=f"{marker}I", positions=only)
    scenario = _made(program, "scenarios", name=f"s {marker}", description=f"of {marker}", market=-0.1)
    scopes = ["read", "write"]
    token = browser.post(f"{API}/tokens", json={"name": f"program {marker}", "scopes": scopes}).json()
    work(world)
    (position, *_) = program.get(f"{API}/portfolios/{good}/positions").json()["items"]
    (request, *_) = program.get(f"{API}/run-requests").json()["items"]
    ids = {"portfolio_id": good, "position_id": position["id"], "scenario_id": scenario}
    ids |= {"token_id": token["details"]["id"], "request_id": request["id"], "run_id": request["run_id"]}
    return Side(name, marker, user_id, program, browser, ids)


def two_users(world: World) -> tuple[Side, Side]:
    """Two users with as much, and a night of everybody after both."""
    both = move_in(world, "ANNQ"), move_in(world, "BENZ")
    night(world.store, day(PANEL, -2), day(PANEL))
    return both


def _made(program: TestClient, noun: str, **asked: object) -> int:
    answer = program.post(f"{API}/{noun}", json=asked)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def rows_of(store: Store, user_id: int) -> dict[str, list[dict[str, object]]]:
    """Every row that is a user's, by table."""
    owned = {row["id"] for row in table_rows(store, "portfolios") if row["user_id"] == user_id}
    found = {}
    for name, table in metadata.tables.items():
        rows = table_rows(store, name)
        if name == "users":
            found[name] = [row for row in rows if row["id"] == user_id]
        elif "user_id" in table.c:
            found[name] = [row for row in rows if row["user_id"] == user_id]
        elif "portfolio_id" in table.c:
            found[name] = [row for row in rows if row["portfolio_id"] in owned]
    return found


def move_out(store: Store, side: Side) -> None:
    """Remove a user with everything that is theirs, as if they had never been."""
    with store.begin() as conn:
        conn.execute(sa.delete(users).where(users.c.id == side.user_id))
        conn.execute(sa.delete(batch_runs).where(batch_runs.c.user_id == side.user_id))
    assert [rows for rows in rows_of(store, side.user_id).values() if rows] == []
