"""The worlds in which commands are disturbed, one of each kind of database for the tests of a file."""

import pytest

from crash import stage


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL server that may be stopped."""
    with stage.server() as running:
        yield running


@pytest.fixture(scope="module")
def sqlite_world():
    """Files of SQLite, and who runs commands on them."""
    with stage.world("sqlite") as made:
        yield made


@pytest.fixture(scope="module")
def postgresql_world(server):
    """Databases of the server, and who runs commands on them."""
    with stage.world("postgresql", server) as made:
        yield made


@pytest.fixture(scope="module")
def known():
    """What commands do undisturbed, told once."""
    return {}
