"""The page of a one-time link, where a password is set: one form, its script and its style."""

from importlib.resources import files

from fastapi import APIRouter, Response

router = APIRouter()

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FOLDER = files("riskpanel.api") / "pages"


@router.get("/setup")
def show_setup() -> Response:
    """Answer the form; what stands after # in the link stays in the browser."""
    return _page("setup.html", "text/html")


@router.get("/setup.js")
def show_script() -> Response:
    """Answer its script."""
    return _page("setup.js", "text/javascript")


@router.get("/setup.css")
def show_style() -> Response:
    """Answer its style."""
    return _page("setup.css", "text/css")


def _page(name: str, media_type: str) -> Response:
    return Response(
        (_FOLDER / name).read_bytes(), media_type=media_type, headers={"content-security-policy": _POLICY}
    )
