"""Query parameters that nobody declared: refused, or a misspelt date would answer another question."""

from collections import Counter
from collections.abc import Mapping
from functools import cache

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError


def refuse_unknown_parameters(request: Request) -> None:
    """Refuse a request with a query parameter that its address does not have, or that is given twice.

    Raises
    ------
    RequestValidationError
        Naming each of them.
    """
    given = Counter(name for name, _ in request.query_params.multi_items())
    if not given:
        return
    known = _declared(request.app).get(request.scope["route"].name, frozenset())
    faults = [_fault(name, "there is no such parameter here") for name in given if name not in known]
    faults += [_fault(name, "given more than once") for name, count in given.items() if count > 1]
    if faults:
        raise RequestValidationError(faults)


def _fault(name: str, message: str) -> Mapping[str, object]:
    return {"type": "parameter", "loc": ("query", name), "msg": message}


@cache
def _declared(app: FastAPI) -> dict[str, frozenset[str]]:
    """Return the query parameters of each operation by its name, from the description that is published."""
    return {
        operation["operationId"]: frozenset(
            parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"
        )
        for operations in app.openapi()["paths"].values()
        for operation in operations.values()
    }
