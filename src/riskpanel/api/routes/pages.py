"""The web page: one document for every address that it knows, and the files that it loads."""

import gzip
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from mimetypes import guess_type

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from riskpanel.api.caching import accepts_gzip

router = APIRouter()

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FOLDER = files("riskpanel.api") / "page"
_FOREVER = "public, max-age=31536000, immutable"  # a file's name changes with its content
_PACKED = (".js", ".css", ".svg", ".html")
_NOT_BUILT = b"""<!doctype html><html lang="en"><title>riskpanel</title>
<p>The web page is not built: <code>make web</code> builds it. The API answers at
<a href="/api/v1/openapi.json">/api/v1</a>.</p></html>"""


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the page in memory, plain and packed."""

    content: bytes
    packed: bytes | None
    media_type: str


def show_page() -> Response:
    """Answer the document of the page; its script shows what the address asks for."""
    found = _file("index.html")
    content = _NOT_BUILT if found is None else found.content
    return Response(content, media_type="text/html", headers={"content-security-policy": _POLICY})


def show_missing() -> Response:
    """Answer the document of the page where nothing is; its script says so."""
    answer = show_page()
    answer.status_code = 404
    answer.headers["vary"] = "Accept"
    return answer


for _address in ("/", "/login", "/setup", "/portfolios", "/p/{rest:path}", "/import", "/runs", "/health",
                 "/account", "/methods"):  # fmt: skip
    router.add_api_route(_address, show_page, methods=["GET"])


@router.get("/icon.svg")
def show_icon(request: Request) -> Response:
    """Answer the page's icon."""
    return _answer(request, "icon.svg", "no-cache")


@router.get("/assets/{name}")
def show_asset(request: Request, name: str) -> Response:
    """Answer a script or style of the page."""
    return _answer(request, f"assets/{name}", _FOREVER)


def _answer(request: Request, name: str, caching: str) -> Response:
    found = _file(name)
    if found is None:
        raise HTTPException(404)
    headers = {"cache-control": caching, "vary": "Accept-Encoding"}
    if found.packed is None or not accepts_gzip(request.headers.get("accept-encoding", "")):
        return Response(found.content, media_type=found.media_type, headers=headers)
    packed = {**headers, "content-encoding": "gzip"}
    return Response(found.packed, media_type=found.media_type, headers=packed)


def _file(name: str) -> _File | None:
    """Return a file of the page by its name, which is one of those that are there or nothing."""
    return _load(name) if name in _names() else None


@cache
def _names() -> frozenset[str]:
    if not _FOLDER.is_dir():
        return frozenset()
    top = {entry.name for entry in _FOLDER.iterdir() if entry.is_file()}
    assets = _FOLDER / "assets"
    return frozenset(top | {f"assets/{entry.name}" for entry in assets.iterdir()} if assets.is_dir() else top)


@cache
def _load(name: str) -> _File:
    content = (_FOLDER / name).read_bytes()
    packed = gzip.compress(content, 9, mtime=0) if name.endswith(_PACKED) else None
    return _File(content, packed, guess_type(name)[0] or "application/octet-stream")
