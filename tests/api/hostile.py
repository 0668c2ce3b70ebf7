"""What tests of hostile requests share: addresses at ids that exist, and what a refusal may say."""

import re

import pytest

API = "/api/v1"
JSON = {"content-type": "application/json"}
ONE_DATABASE = pytest.mark.parametrize("dialect", ["sqlite"])  # refused before any database is asked
_INSIDE = (
    "Traceback",
    ".py",
    "sqlalchemy",
    "psycopg",
    "sqlite3",
    "SELECT ",
    "INSERT ",
    "/work/",
    "/tmp/",
    "/home/",
)


def at_ids(path: str) -> str:
    """An address with the ids 1, the symbol A, and a user who is not the asker."""
    others = {"{symbol}": "A", "{code}": "SP500", "{user_id}": "2"}
    return re.sub(r"\{\w+\}", lambda found: others.get(found[0], "1"), path)


def refused(answer, *statuses: int) -> dict:
    """The problem that an answer tells; nothing in it is of the inside."""
    assert answer.status_code in statuses, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    assert [word for word in _INSIDE if word in answer.text] == []
    return answer.json()
