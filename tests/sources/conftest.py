"""A server that answers as a source does."""

from collections.abc import Iterator

import pytest

from sources.replay import Replay, replaying


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replay]:
    """Serve on the loopback, past any proxy that the machine may have."""
    monkeypatch.setenv("NO_PROXY", "*")
    with replaying() as replay:
        yield replay
