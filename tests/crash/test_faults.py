"""What befalls a database that is written to: a clear error, nothing half-written, the same rows later."""

import pytest

from crash.disks import may_mount
from crash.faults import Fault, try_fault
from crash.postgres_faults import POSTGRES
from crash.sqlite_faults import SQLITE


def name_of(fault: Fault) -> str:
    return f"{fault.command}: {fault.name}"


@pytest.fixture
def try_out(known):
    def try_out(world, fault, server=None):
        if fault.mounts and not may_mount():
            pytest.skip("no disk may be mounted here")
        outcome = try_fault(*world, fault, known=known, server=server)
        assert outcome.faults == []

    return try_out


@pytest.mark.parametrize("fault", SQLITE, ids=name_of)
def test_what_befalls_a_file_is_told_and_leaves_nothing_half_written(sqlite_world, try_out, fault):
    try_out(sqlite_world, fault)


@pytest.mark.parametrize("fault", POSTGRES, ids=name_of)
def test_what_befalls_a_server_is_told_and_leaves_nothing_half_written(
    postgresql_world, server, try_out, fault
):
    try_out(postgresql_world, fault, server)
