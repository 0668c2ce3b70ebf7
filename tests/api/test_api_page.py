"""Every example of docs/api.md, word for word, against a real server with accounts."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.live import live_server

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
MAKE_TOKEN, *EXAMPLES = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
FOR_PEOPLE = "http://127.0.0.1:8321"
NO_JSON = ("/events", "/metrics")


@pytest.fixture
def demo_url(tmp_path):
    """The demo, as the page says to begin."""
    url = f"sqlite:///{tmp_path / 'demo.sqlite3'}"
    command = ["env", f"RISKPANEL_DATABASE_URL={url}", sys.executable, "-m", "riskpanel", "demo"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return url


@pytest.fixture
def shell(demo_url, tmp_path):
    """Run a block of the page as a person would, where `riskpanel` is the one that is tested."""
    (tmp_path / "riskpanel").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m riskpanel "$@"\n')
    (tmp_path / "riskpanel").chmod(0o755)

    def run(block: str, *, address: str, token: str = "") -> str:
        settings = (f"RISKPANEL_DATABASE_URL={demo_url}", f"RISKPANEL_TOKEN={token}")
        script = f'PATH="{tmp_path}:$PATH"; {block.replace(FOR_PEOPLE, address)}'
        command = ["env", *settings, "bash", "-euo", "pipefail", "-c", script]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        return done.stdout

    return run


def test_every_example_is_answered_as_the_page_says(demo_url, shell):
    assert len(EXAMPLES) >= 18
    with live_server(demo_url, accounts=True) as server:
        token = shell(MAKE_TOKEN, address=server.address).strip()
        assert token.startswith("riskpanel_")
        told = {block: shell(block, address=server.address, token=token) for block in EXAMPLES}
    answers = {
        block: json.loads(text) for block, text in told.items() if not any(word in block for word in NO_JSON)
    }
    refused = [block for block, answer in answers.items() if answer.get("type") == "about:blank"]
    assert [block for block in refused if "999999" not in block] == [], [answers[block] for block in refused]
    assert len(refused) == 1
    _check_some(told, list(answers.values()))


def _check_some(told: dict[str, str], answers: list[dict]) -> None:
    whole, short = answers[:2]
    assert whole["holdings"]
    assert short["snapshot"]["snapshot_date"] == "2022-12-27"
    assert short["holdings"] is short["stress"] is short["timeseries"] is None
    (preview, imported) = (answer for answer in answers if "bad_count" in answer)
    assert (preview["dry_run"], [row["line"] for row in preview["bad"]]) == (True, [3])
    assert [line["added"] for line in imported["portfolios"]] == [2]
    (events,) = (text for block, text in told.items() if "/events" in block)
    assert events.rstrip().splitlines()[-2] == "event: end"
    assert '"status":"succeeded"' in events
    (numbers,) = (text for block, text in told.items() if "/metrics" in block)
    assert "\nriskpanel_portfolios 5.0\n" in numbers


def test_every_address_and_parameter_that_the_page_names_exists(app):
    paths = app.openapi()["paths"]
    operations = [operation for methods in paths.values() for operation in methods.values()]
    parameters = {parameter["name"] for own in operations for parameter in own.get("parameters", ())}
    assert set(re.findall(r"`(include_\w+|as_of_date|cursor|limit|dry_run|replace)`", PAGE)) <= parameters
    known = {re.sub(r"{\w+}", "{}", path.removeprefix("/api/v1")) for path in paths}
    named = re.findall(r"`(?:(?:GET|POST|PUT|PATCH|DELETE) )?(/[a-z][\w/{}-]*)", PAGE)
    assert len(named) > 40
    assert {re.sub(r"{\w+}", "{}", path) for path in named} <= known | {"/api/v1"}
