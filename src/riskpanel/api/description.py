"""The OpenAPI description, from which the types of the web page are generated."""

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from riskpanel.api.problems import MEDIA_TYPE

_VERSION = "1"  # of the API, as in its addresses; /health/live tells that of riskpanel
PREFIX = "/api/v1"
ADDRESS = f"{PREFIX}/openapi.json"

_READING: list[dict[str, list[str]]] = [{"token": []}, {"login": []}]
_CHANGING: list[dict[str, list[str]]] = [{"token": []}, {"login": [], "csrf": []}]
_PROBLEM = {"$ref": "#/components/schemas/ProblemModel"}
_ABOUT = (
    "Portfolio risk as computed each night, read from stored rows; holdings and scenarios can be changed, "
    "and what follows is computed at once. Programs send `Authorization: Bearer TOKEN`. Shares, returns and "
    "volatilities are decimals (0.21 is 21 %), money is in the portfolio's currency. What is missing is "
    "null, never 0, and `data_quality.missing` gives the reason."
)


def describe(app: FastAPI) -> None:
    """Let the application describe itself, errors by their own media type."""

    def described() -> dict[str, object]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=_VERSION, description=_ABOUT, routes=app.routes)
            for operations in document["paths"].values():
                for method, operation in operations.items():
                    if "security" in operation:
                        operation["security"] = _READING if method == "get" else _CHANGING
                    # Where an answer is no JSON, its media type is given to errors too: they are problems.
                    operation["responses"]["default"]["content"] = {MEDIA_TYPE: {"schema": dict(_PROBLEM)}}
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = described  # the hook that the framework documents
