"""The description that the types of the web page are generated from: committed, current and whole."""

from pathlib import Path

import jsonschema_rs
import pytest

from api.described import (
    ANSWERS,
    DOCUMENT,
    JSON_BODIES,
    OPERATIONS,
    REQUESTS,
    SCHEMAS,
    body_schema,
    described,
    named,
    smallest_body,
    variants,
)

FILE = Path(__file__).parents[2] / "web" / "openapi.json"
REWRITE = "make openapi"
OPEN = {
    ("GET", "/api/v1/auth/session"),
    ("POST", "/api/v1/auth/setup"),
    ("POST", "/api/v1/auth/login"),
    ("GET", "/api/v1/health/live"),
    ("GET", "/api/v1/health/ready"),
}
JSON, CSV, TEXT, EVENTS = "application/json", "text/csv", "text/plain", "text/event-stream"


def test_the_committed_description_is_the_current_one():
    assert FILE.read_text(encoding="utf-8") == described(), f"web/openapi.json is old; run: {REWRITE}"


@pytest.mark.parametrize("name", ANSWERS)
def test_every_field_of_an_answer_is_required_and_has_no_default(name):
    schema = SCHEMAS[name]
    assert sorted(schema["required"]) == sorted(schema["properties"])
    assert [field for field, told in schema["properties"].items() if "default" in told] == []


@pytest.mark.parametrize("name", REQUESTS)
def test_a_field_of_a_request_is_required_or_can_be_left_out_by_a_value_of_its_own(name):
    schema = SCHEMAS[name]
    optional = schema["properties"].keys() - set(schema.get("required", ()))
    told = {field: schema["properties"][field] for field in optional}
    assert [
        field
        for field, one in told.items()
        if "default" not in one and {"type": "null"} not in one.get("anyOf", ())
    ] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_nothing_beside_the_named_fields_is_allowed(name):
    schema = SCHEMAS[name]
    assert schema["additionalProperties"] is False
    assert name.startswith("Page_") or schema["description"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_is_described_in_whole_sentences(name):
    told = {field: one.get("description", "") for field, one in SCHEMAS[name]["properties"].items()}
    assert {field: text for field, text in told.items() if not text.endswith(".")} == {}


def is_made_of_models(schema):
    """Whether a field holds nothing but documented models, one or a list: their fields have the examples."""
    kinds = [one for one in variants(schema) if one.get("type") != "null"]
    items = [variants(one["items"])[0] if one.get("type") == "array" else one for one in kinds]
    return all("properties" in one for one in items)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_has_an_example_or_is_a_model_whose_fields_have_some(name):
    told = SCHEMAS[name]["properties"].items()
    assert [field for field, one in told if not one.get("examples") and not is_made_of_models(one)] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_example_is_one(name):
    faults = [
        f"{field}: {fault.message}"
        for field, told in SCHEMAS[name]["properties"].items()
        for one in told.get("examples", ())
        for fault in jsonschema_rs.iter_errors({**told, "components": DOCUMENT["components"]}, one)
    ]
    assert faults == []


@pytest.mark.parametrize("name", ANSWERS)
def test_every_field_of_an_answer_that_can_be_null_says_when(name):
    nullable = {
        field: told["description"]
        for field, told in SCHEMAS[name]["properties"].items()
        if {"type": "null"} in told.get("anyOf", ())
    }
    assert [field for field, text in nullable.items() if "null" not in text] == []


@pytest.mark.parametrize("key", JSON_BODIES, ids=named)
def test_the_examples_of_a_request_make_a_body(key):
    schema = {**(body_schema(key) or {}), "components": DOCUMENT["components"]}
    assert jsonschema_rs.is_valid(schema, smallest_body(schema))
    told = OPERATIONS[key]["requestBody"]
    assert told["content"].keys() == {JSON}


@pytest.mark.parametrize("key", OPERATIONS, ids=named)
def test_every_operation_says_what_it_answers_and_that_errors_are_problems(key):
    operation = OPERATIONS[key]
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    (success,) = operation["responses"].keys() - {"default"}
    assert success in {"200", "201", "202", "204"}
    content = operation["responses"][success].get("content", {})
    assert [*content] in ([[]] if success == "204" else [[JSON], [CSV], [TEXT], [EVENTS]])
    assert all(told.get("schema") or told.get("itemSchema") for told in content.values())
    assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}
    assert [p["name"] for p in operation.get("parameters", ()) if "description" not in p] == []


def test_a_file_is_sent_and_answered_by_its_own_media_type():
    sent = {
        path.rsplit("/", 1)[1]: [*operation["requestBody"]["content"]]
        for (_, path), operation in OPERATIONS.items()
        if "/imports/" in path
    }
    toml = ["application/toml"]
    assert sent == {"positions": [CSV], "portfolios": [CSV], "instruments": [CSV], "scenarios": toml}
    exports = [operation for (_, path), operation in OPERATIONS.items() if "/exports/" in path]
    assert [[*operation["responses"]["200"]["content"]] for operation in exports] == [[CSV]] * 3


def test_every_operation_but_signing_in_and_health_declares_security():
    assert {key for key, operation in OPERATIONS.items() if not operation.get("security")} == OPEN


def test_a_csrf_token_alone_opens_nothing_and_a_browser_needs_one_to_change_anything():
    # Requirements in a list are alternatives, those in one object go together.
    reading, changing = [{"token": []}, {"login": []}], [{"token": []}, {"login": [], "csrf": []}]
    wrong = {
        named(key): operation["security"]
        for key, operation in OPERATIONS.items()
        if key not in OPEN and operation["security"] != (reading if key[0] == "GET" else changing)
    }
    assert wrong == {}


def test_every_operation_has_a_name_of_its_own():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)


def test_every_scheme_that_is_required_is_defined():
    required = {name for one in OPERATIONS.values() for way in one.get("security", ()) for name in way}
    assert required == DOCUMENT["components"]["securitySchemes"].keys()


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(described(), encoding="utf-8")
