"""Every example of docs/api.md, against a real server."""

import json
import re
import shlex
from pathlib import Path

import httpx2

from api.live import live_server

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
FOR_PEOPLE = "http://127.0.0.1:8321"


def ask(command: str, address: str) -> httpx2.Response:
    """Send the request that a curl command would send."""
    program, silent, *rest = shlex.split(command)
    assert (program, silent) == ("curl", "-s")
    headers = dict(rest[at + 1].split(": ", 1) for at, word in enumerate(rest) if word == "-H")
    (url,) = (word for word in rest if word.startswith("http"))
    assert url.startswith(FOR_PEOPLE)
    return httpx2.get(address + url.removeprefix(FOR_PEOPLE), headers=headers, timeout=30, trust_env=False)


def test_every_example_is_answered_as_the_page_says(api_world, migrated_url, panel):
    assert len(EXAMPLES) >= 7
    assert api_world["p"] == 1
    with live_server(migrated_url) as server:
        answers = [ask(example, server.address) for example in EXAMPLES]
    for example, answer in zip(EXAMPLES, answers, strict=True):
        assert answer.status_code == (404 if "999999" in example else 200), example
        json.loads(answer.text)
    whole, short = answers[0].json(), answers[1].json()
    assert whole["holdings"]
    assert short["snapshot"]["snapshot_date"] == "2024-12-30"
    assert short["holdings"] is short["stress"] is short["timeseries"] is None


def test_every_address_and_parameter_that_the_page_names_exists(app):
    paths = app.openapi()["paths"]
    parameters = {
        parameter["name"]
        for operations in paths.values()
        for parameter in operations["get"].get("parameters", ())
    }
    assert set(re.findall(r"`(include_\w+|as_of_date|cursor|limit)`", PAGE)) <= parameters
    for address in re.findall(r"`(/health/\w+)`", PAGE):
        assert f"/api/v1{address}" in paths
