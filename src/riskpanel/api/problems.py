"""Every error as application/problem+json (RFC 9457): what is wrong, which thing, and what to do."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from riskpanel.api.schemas.problem import FaultModel, ProblemModel
from riskpanel.book.symbols import shortened
from riskpanel.errors import (
    ConflictError,
    FieldsError,
    NotFoundError,
    RiskpanelError,
    StoreError,
)

MEDIA_TYPE = "application/problem+json"
MOST_FAULTS = 1_000
"""Faults that one answer names."""

_LONGEST = 400
"""Characters of a text of an error, which may repeat what somebody sent."""

_LOG = logging.getLogger("riskpanel.api")


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it is told; ``faults`` are those of the request."""

    status: int
    title: str
    detail: str
    hint: str | None = None
    faults: tuple[FaultModel, ...] = ()


class ProblemError(Exception):
    """A refusal of the API's own: the problem, and the headers that go with it."""

    def __init__(self, problem: Problem, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.headers = headers


def problem_response(problem: Problem, path: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """Build the answer to a request for ``path``."""
    told = ProblemModel(
        type="about:blank",
        title=problem.title,
        status=problem.status,
        detail=shortened(problem.detail, _LONGEST),
        instance=shortened(path, _LONGEST),
        hint=None if problem.hint is None else shortened(problem.hint, _LONGEST),
        errors=tuple(
            FaultModel(location=shortened(one.location, _LONGEST), detail=shortened(one.detail, _LONGEST))
            for one in problem.faults
        ),
    )
    body = told.model_dump_json().encode()
    return Response(body, problem.status, headers=headers, media_type=MEDIA_TYPE)


def answer_problems(
    app: FastAPI, *, headers: Callable[[Request], Mapping[str, str]], missing: Callable[[], Response]
) -> None:
    """Let the application answer every error as a problem.

    ``headers`` go with the answer to a bug, which is given outside of all middleware; ``missing`` answers a
    person who looks in a browser where nothing is.
    """

    def unexpected(request: Request, _: Exception) -> Response:
        # The server logs the traceback; the asker is told that there is one, not what is in it.
        told = Problem(500, "Internal error", "riskpanel failed to answer; the server's log has the cause")
        named = {"x-request-id": request.state.request_id}
        return problem_response(told, request.url.path, headers={**headers(request), **named})

    def without_route(request: Request, error: Exception) -> Response:
        nothing = cast("HTTPException", error).status_code == 404
        return missing() if nothing and _is_looked_at(request) else _without_route(request, error)

    app.add_exception_handler(RiskpanelError, _refused)
    app.add_exception_handler(ProblemError, _told)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, without_route)
    app.add_exception_handler(Exception, unexpected)


def _is_looked_at(request: Request) -> bool:
    """Whether a browser asks for a page to show, of an address that is not the API's."""
    is_api = f"{request.url.path}/".startswith("/api/")
    return request.method == "GET" and not is_api and "text/html" in request.headers.get("accept", "")


def _refused(request: Request, error: Exception) -> Response:
    told = _problem_of(cast("RiskpanelError", error))
    return problem_response(told, request.url.path)


def _told(request: Request, error: Exception) -> Response:
    refused = cast("ProblemError", error)
    return problem_response(refused.problem, request.url.path, headers=refused.headers)


def _problem_of(error: RiskpanelError) -> Problem:
    hint = error.hint or None
    for kind, (status, title) in _KINDS.items():
        if isinstance(error, kind):
            return Problem(status, title, error.what, hint)
    if isinstance(error, FieldsError):
        faults = tuple(FaultModel(location=f"body.{name}", detail=why) for name, why in error.faults)
        return Problem(422, "Invalid request", f"{faults[0].location}: {faults[0].detail}", hint, faults)
    if isinstance(error, StoreError):
        # With its address, which is not the asker's to know.
        _LOG.warning("database unavailable: %s", error.what)
        return Problem(503, "Database unavailable", "the database cannot be used now", hint)
    faults = tuple(FaultModel(location="body", detail=detail) for detail in error.details[:MOST_FAULTS])
    return Problem(422, "Cannot be answered", error.what, hint, faults)


_KINDS = {
    NotFoundError: (404, "Not found"),
    ConflictError: (409, "Conflict"),
}


def _invalid(request: Request, error: Exception) -> Response:
    found: Sequence[Mapping[str, Any]] = cast("RequestValidationError", error).errors()
    faults = tuple(
        FaultModel(location=".".join(str(part) for part in fault["loc"]), detail=fault["msg"])
        for fault in found[:MOST_FAULTS]
    )
    told = Problem(
        422,
        "Invalid request",
        f"{faults[0].location}: {faults[0].detail}",
        "GET /api/v1/openapi.json describes every parameter",
        faults,
    )
    return problem_response(told, request.url.path)


def _without_route(request: Request, error: Exception) -> Response:
    refused = cast("HTTPException", error)
    status = refused.status_code
    told = Problem(
        status,
        HTTPStatus(status).phrase.capitalize(),
        _DETAILS.get(status, str(refused.detail)),
        "GET /api/v1/openapi.json lists every address",
    )
    headers = {name.lower(): value for name, value in (refused.headers or {}).items()}
    if status == 405:
        headers["allow"] = ", ".join(sorted(_methods(request.app, request.url.path))) or "GET"
    return problem_response(told, request.url.path, headers=headers)


def _methods(app: FastAPI, path: str) -> set[str]:
    """Return the methods that an address takes, of all routes that it fits."""
    return {
        method.upper()
        for address, operations in app.openapi()["paths"].items()
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", address), path)
        for method in operations
    }


_DETAILS = {
    400: "the body cannot be read",
    404: "nothing is at this address",
    405: "this address does not take that method",
    413: "the body is too large",
}
