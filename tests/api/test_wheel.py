"""What people install: the wheel brings the page and the migrations along, outside any checkout."""

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from api.live import live_server

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with the wheel and the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", folder], cwd=ROOT, check=True)
    return folder


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_both_distributions_hold_the_whole_page_and_every_migration(built):
    package = ROOT / "src" / "riskpanel"
    page = {f"riskpanel/api/page/{name}" for name in files_below(package / "api" / "page")}
    steps = {f"riskpanel/store/migrations/versions/{path.name}" for path in package.rglob("versions/*.py")}
    assert len(page) > 20
    assert len(steps) >= 14
    (wheel,) = built.glob("*.whl")
    (source,) = built.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as packed:
        assert page | steps <= set(packed.namelist())
    with tarfile.open(source) as packed:
        held = {name.split("/", 1)[1] for name in packed.getnames() if "/" in name}
    assert {f"src/{name}" for name in page | steps} <= held
    assert not [name for name in held if "node_modules" in name or name.endswith((".pyc", ".sqlite3"))]


def test_the_unpacked_wheel_prepares_a_database_and_serves_the_page(built, tmp_path):
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path)
    url = f"sqlite:///{tmp_path / 'own.sqlite3'}"
    first = ["env", f"PYTHONPATH={tmp_path}", f"RISKPANEL_DATABASE_URL={url}", sys.executable]
    where = [*first, "-c", "import riskpanel, sys; sys.stdout.write(riskpanel.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert found.stdout == str(tmp_path / "riskpanel" / "__init__.py")
    subprocess.run([*first, "-m", "riskpanel", "init"], cwd=tmp_path, check=True, capture_output=True)
    with live_server(url, PYTHONPATH=str(tmp_path)) as server:
        index = server.get("/portfolios").text
        (script,) = re.findall(r'<script[^>]* src="([^"]+)"', index)
        answer = server.get(script)
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/javascript")
        assert server.get("/api/v1/portfolios").json()["items"] == []
