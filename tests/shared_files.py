"""Real files that lie beside the repository, not in it."""

from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not _FOLDER.is_dir():
        pytest.skip("the shared folder with real price files is not beside this repository")
    return _FOLDER
