"""The description as it is published, and what requests look like by it."""

import copy
import json

from api.conftest import app_over
from riskpanel.store.database import open_store


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
REQUESTS = {name: schema for name, schema in SCHEMAS.items() if name.endswith(("Input", "Change"))}
ANSWERS = {name: schema for name, schema in SCHEMAS.items() if name not in REQUESTS}
OPERATIONS = {
    (method.upper(), path): operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def named(key: tuple[str, str]) -> str:
    """An operation as a test is called after it."""
    return " ".join(key)


def variants(schema: dict) -> list[dict]:
    """A schema, or what it may be one of, with references resolved."""
    if "$ref" in schema:
        return variants(DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    if "anyOf" in schema:
        return [one for part in schema["anyOf"] for one in variants(part)]
    return [schema]


def body_schema(key: tuple[str, str]) -> dict | None:
    """The schema of the JSON body of an operation; None where it takes none."""
    content = OPERATIONS[key].get("requestBody", {}).get("content", {})
    return variants(content["application/json"]["schema"])[0] if "application/json" in content else None


def example(schema: dict) -> object:
    """The first example of a field, as a request would hold it."""
    return copy.deepcopy(schema["examples"][0])


def smallest_body(schema: dict) -> dict:
    """A body with the required fields only."""
    return {name: example(schema["properties"][name]) for name in schema.get("required", ())}


JSON_BODIES = [key for key in OPERATIONS if body_schema(key) is not None]


def fields_of(kind: set[str]) -> list[tuple[tuple[str, str], str]]:
    """The fields of all bodies that can be of these JSON types, lots within a portfolio too, with a dot."""
    found: list[tuple[tuple[str, str], str]] = []
    for key in JSON_BODIES:
        for path, schema in _walk(body_schema(key) or {}):
            if kind & {one.get("type") for one in variants(schema)}:
                found.append((key, path))
    return found


def _walk(schema: dict, before: str = "") -> list[tuple[str, dict]]:
    found: list[tuple[str, dict]] = []
    for name, field in schema["properties"].items():
        found.append((f"{before}{name}", field))
        for one in variants(field):
            if "items" in one and "properties" in variants(one["items"])[0]:
                found += _walk(variants(one["items"])[0], f"{before}{name}.0.")
            for sector in one.get("patternProperties", {}).values():
                found.append((f"{before}{name}.Energy", sector))
    return found


def body_with(key: tuple[str, str], path: str, mark: object) -> dict:
    """The smallest body of an operation with one field set; lots within are the smallest too."""
    schema = body_schema(key) or {}
    body = smallest_body(schema)
    first, *rest = path.split(".")
    if not rest:
        return body | {first: mark}
    if rest[0] == "0":
        lot = variants(variants(schema["properties"][first])[0]["items"])[0]
        return body | {first: [smallest_body(lot) | {rest[1]: mark}]}
    return body | {first: {rest[0]: mark}}
