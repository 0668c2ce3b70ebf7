"""Structured logs: one line an event, valid JSON for machines, on stderr alone, and without secrets."""

import io
import json
import logging
import re
import sys
from datetime import datetime, timedelta

import pytest
from structlog.contextvars import bound_contextvars

from riskpanel.cli.logs import configure_logs

SECRETS = ("password", "current_password", "token", "csrf_token", "secret", "Authorization", "authorization",
           "cookie", "set-cookie", "fmp_api_key", "apikey", "x-csrf-token")  # fmt: skip
KEPT = "hunter2 and more"
OWN = logging.getLogger("riskpanel.api")


@pytest.fixture
def lines(capsys):
    """What was logged since the last look, parsed line by line; nothing may be on stdout."""

    def read():
        said = capsys.readouterr()
        assert said.out == ""
        return [json.loads(line) for line in said.err.splitlines()]

    return read


def fail(password):
    header = {"cookie": f"riskpanel_login={password}"}
    raise ZeroDivisionError(f"a bug, not {len(header)} secrets")


def test_an_event_is_one_line_of_json_with_its_moment_severity_and_fields(lines):
    configure_logs(form="json", level="info")
    OWN.info("request", extra={"route": "/api/v1/portfolios", "status": 200, "milliseconds": 1.5})
    (event,) = lines()
    assert datetime.fromisoformat(event.pop("timestamp")).utcoffset() == timedelta(0)
    assert event == {
        "event": "request",
        "level": "info",
        "logger": "riskpanel.api",
        "route": "/api/v1/portfolios",
        "status": 200,
        "milliseconds": 1.5,
    }


def test_every_event_within_a_request_or_run_has_its_ids(lines):
    configure_logs(form="json", level="info")
    with bound_contextvars(request_id="abc"), bound_contextvars(run_id=7, run_request_id=3):
        logging.getLogger("riskpanel.nightly").warning("portfolio failed", extra={"portfolio_id": 5})
    OWN.info("after")
    inside, after = lines()
    assert (inside["request_id"], inside["run_id"], inside["run_request_id"]) == ("abc", 7, 3)
    assert inside["portfolio_id"] == 5
    assert {"request_id", "run_id", "run_request_id"}.isdisjoint(after)


@pytest.mark.parametrize("text", ["a\nb", 'a"b', "a\x1b[31mb", "a\u2028b", "\u202egnirts", "é"])
def test_what_others_wrote_stays_within_its_line(capsys, text):
    configure_logs(form="json", level="info")
    OWN.info("told: %s", text, extra={"error": text})
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.isascii()
    event = json.loads(said)
    assert (event["event"], event["error"]) == (f"told: {text}", text)


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("name", SECRETS)
def test_what_is_called_like_a_secret_is_hidden(capsys, form, name):
    configure_logs(form=form, level="info")
    OWN.info("asked", extra={name: "hunter2 and more", "route": "/here"})
    said = capsys.readouterr().err
    assert "hunter2" not in said
    assert "***" in said
    assert "/here" in said


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_secret_within_a_field_is_hidden_too(capsys, form):
    configure_logs(form=form, level="info")
    OWN.info(
        "asked", extra={"headers": {"Authorization": "Bearer hunter2"}, "body": [{"password": "hunter2"}]}
    )
    assert "hunter2" not in capsys.readouterr().err


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_traceback_says_where_but_not_what_the_variables_held(capsys, form):
    configure_logs(form=form, level="info")
    try:
        fail(KEPT)
    except ZeroDivisionError:
        OWN.exception("request failed")
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "a bug, not 1 secrets" in said
    assert "test_logs.py" in said
    assert "hunter2" not in said


def test_a_failure_is_one_line_of_json(lines):
    configure_logs(form="json", level="info")
    try:
        fail(KEPT)
    except ZeroDivisionError:
        OWN.exception("request failed", extra={"route": "/here"})
    (event,) = lines()
    assert (event["level"], event["event"], event["route"]) == ("error", "request failed", "/here")
    assert event["exception"]


@pytest.mark.parametrize(
    ("level", "heard"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_a_level_leaves_out_what_is_less_severe(lines, level, heard):
    configure_logs(form="json", level=level)
    for severity in ("debug", "info", "warning", "error"):
        getattr(OWN, severity)("something")
    assert [event["level"] for event in lines()] == heard


def test_configuring_twice_logs_once_in_the_later_way(lines):
    configure_logs(form="text", level="error")
    configure_logs(form="json", level="info")
    configure_logs(form="json", level="info")
    OWN.info("once")
    logging.getLogger("uvicorn.error").warning("of the server")
    assert [event["event"] for event in lines()] == ["once", "of the server"]


def test_the_server_itself_logs_warnings_only_and_no_failure_a_second_time(lines):
    configure_logs(form="json", level="debug")
    server = logging.getLogger("uvicorn.error")
    server.info("Started server process")
    server.error("Exception in ASGI application\n")
    server.warning("Invalid HTTP request received.")
    assert [event["event"] for event in lines()] == ["Invalid HTTP request received."]


def test_text_for_people_is_no_json_and_has_no_colours_off_a_terminal(capsys):
    configure_logs(form="text", level="info")
    OWN.info("request", extra={"route": "/here"})
    said = capsys.readouterr().err
    assert re.search(r"info .*request .*route=/here", said)
    assert "\x1b" not in said


@pytest.mark.parametrize(("terminal", "form"), [(True, "text"), (False, "json")])
def test_by_default_the_form_is_that_of_who_reads(monkeypatch, terminal, form):
    screen = io.StringIO()
    screen.isatty = lambda: terminal
    monkeypatch.setattr(sys, "stderr", screen)
    configure_logs(form="auto", level="info")
    OWN.info("request")
    assert screen.getvalue().startswith("{") is (form == "json")
    assert "request" in screen.getvalue()


def test_other_packages_keep_quiet(lines):
    configure_logs(form="json", level="debug")
    other = logging.getLogger("sqlalchemy.engine.Engine")
    other.debug("SELECT 1")
    assert lines() == []
    assert other.handlers == []
