"""The cookie of a signed-in browser: out of reach of scripts, and off loopback only over TLS."""

from datetime import timedelta

from fastapi import Request, Response

from riskpanel.api.headers import host_of, is_loopback

COOKIE = "riskpanel_login"
_SECURE_COOKIE = f"__Host-{COOKIE}"  # which a browser takes from this very host alone, and over TLS alone


def login_key_of(request: Request) -> str | None:
    """Return the secret that a browser sends; None when it sends none."""
    return request.cookies.get(_SECURE_COOKIE if _is_remote(request) else COOKIE)


def set_login_cookie(request: Request, response: Response, key: str, *, lifetime: timedelta) -> None:
    """Let the browser keep a secret."""
    secure = _is_remote(request)
    response.set_cookie(
        _SECURE_COOKIE if secure else COOKIE,
        key,
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def delete_login_cookie(request: Request, response: Response) -> None:
    """Let the browser forget its secret."""
    secure = _is_remote(request)
    response.delete_cookie(
        _SECURE_COOKIE if secure else COOKIE, path="/", secure=secure, httponly=True, samesite="lax"
    )


def _is_remote(request: Request) -> bool:
    return not is_loopback(host_of(request.headers.get("host", "")))
