"""The description that the types of the web page are generated from: committed, current and whole."""

import json
from pathlib import Path

import pytest

from api.conftest import app_over
from riskpanel.store.database import open_store

FILE = Path(__file__).parents[2] / "web" / "openapi.json"
REWRITE = "make openapi"


def described() -> str:
    """The description as it is committed; it needs no database."""
    with open_store("sqlite:////nowhere/none.sqlite3") as store:
        app = app_over(store)
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


DOCUMENT = json.loads(described())
SCHEMAS = {
    name: schema
    for name, schema in DOCUMENT["components"]["schemas"].items()
    if schema["type"] == "object"  # the others are lists of words
}
OPERATIONS = {
    (path, method): operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def test_the_committed_description_is_the_current_one():
    assert FILE.read_text(encoding="utf-8") == described(), f"web/openapi.json is old; run: {REWRITE}"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_of_an_answer_is_described_required_and_nothing_beside_it_allowed(name):
    schema = SCHEMAS[name]
    assert schema["additionalProperties"] is False
    assert sorted(schema["required"]) == sorted(schema["properties"])
    assert [field for field, told in schema["properties"].items() if "description" not in told] == []
    assert [field for field, told in schema["properties"].items() if "default" in told] == []
    assert name.startswith("Page_") or schema["description"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_that_can_be_null_says_when(name):
    nullable = {
        field: told["description"]
        for field, told in SCHEMAS[name]["properties"].items()
        if {"type": "null"} in told.get("anyOf", ())
    }
    assert [field for field, text in nullable.items() if "null" not in text] == []


@pytest.mark.parametrize("key", OPERATIONS, ids=lambda key: key[0])
def test_every_operation_says_what_it_answers_and_that_errors_are_problems(key):
    operation = OPERATIONS[key]
    assert operation["description"]
    assert operation["responses"].keys() == {"200", "default"}
    assert operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}
    assert [p["name"] for p in operation.get("parameters", ()) if "description" not in p] == []


def test_every_operation_has_a_name_of_its_own():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(described(), encoding="utf-8")
