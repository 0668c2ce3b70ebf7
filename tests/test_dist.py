"""What people install: wheel and source distribution are whole, and work outside any checkout."""

import ast
import json
import re
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from importlib.metadata import packages_distributions
from pathlib import Path
from site import getsitepackages

import pytest

from api.live import LiveServer
from riskpanel.version import __version__

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "riskpanel"
KINDS = {".py", ".typed", ".mako", ".j2", ".css", ".html", ".svg", ".js", ".csv", ".md"}
EXTRAS = {"dask": {"dask", "distributed"}, "fast": {"numba"}}


def build(source: Path, folder: Path, *options: str) -> Path:
    """Build in an empty folder, as `make dist` does."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", folder, *options]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    return folder


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with the wheel and the source distribution."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def source(built, tmp_path_factory) -> Path:
    """The source distribution, unpacked."""
    folder = tmp_path_factory.mktemp("source")
    subprocess.run(["tar", "-xzf", only(built, "*.tar.gz"), "-C", folder], check=True)
    return folder / f"riskpanel-{__version__}"


def files_below(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in paths}


def metadata_of(wheel: Path):
    with zipfile.ZipFile(wheel) as packed:
        return message_from_bytes(packed.read(f"riskpanel-{__version__}.dist-info/METADATA"))


def test_the_wheel_is_the_package_with_page_migrations_demo_and_types_and_nothing_else(built):
    with zipfile.ZipFile(only(built, "*.whl")) as packed:
        held = set(packed.namelist())
    package = {name.removeprefix("riskpanel/") for name in held if name.startswith("riskpanel/")}
    about = {name.split("/", 1)[1] for name in held - {f"riskpanel/{name}" for name in package}}
    assert package == files_below(PACKAGE)
    assert about == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
    assert {Path(name).suffix for name in package} == KINDS
    assert {"py.typed", "api/page/index.html", "store/migrations/script.py.mako"} <= package
    assert len([name for name in package if name.startswith("api/page/assets/")]) > 20
    assert len([name for name in package if name.startswith("store/migrations/versions/")]) >= 14
    assert len([name for name in package if name.startswith("cli/templates/")]) == 3
    assert len([name for name in package if name.startswith("nightly/demo_files/")]) == 5


def test_the_source_distribution_has_what_a_checkout_has_and_nothing_that_was_made_in_one(source):
    held = files_below(source)
    assert {f"src/riskpanel/{name}" for name in files_below(PACKAGE)} <= held
    for folder in ("tests", "docs", "deploy", "benchmarks"):
        assert {f"{folder}/{name}" for name in files_below(ROOT / folder)} <= held
    assert {"README.md", "LICENSE", "Makefile", "constraints.txt", "web/package-lock.json"} <= held
    assert {"Dockerfile", ".dockerignore", "compose.yaml", ".env.example"} <= held
    made = re.compile(
        r"(^|/)(node_modules|\.venv|\.git|dist|__pycache__|\.env|screenshots)(/|$)|\.(pyc|sqlite3)"
    )
    assert [name for name in held if made.search(name)] == []


def test_a_build_of_the_source_distribution_gives_both_again_to_the_byte(built, source, tmp_path):
    first = {path.name: path.read_bytes() for path in built.iterdir()}
    again = {path.name: path.read_bytes() for path in build(source, tmp_path).iterdir()}
    assert len(first) == 2
    assert again.keys() == first.keys()
    assert [name for name in first if again[name] != first[name]] == []


def test_the_description_of_the_package_leads_nowhere_that_only_a_checkout_has(built):
    about = metadata_of(only(built, "*.whl"))
    text = about.get_payload()
    assert about["Version"] == __version__
    assert about["Description-Content-Type"] == "text/markdown"
    assert "pip install riskpanel" in text
    assert re.findall(r"\]\((?!https://)[^)]*\)|make \w+|<img", text) == []


def imported(tree: ast.AST) -> Iterator[str]:
    """Top names of what a module imports, by statement or by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            argument = node.args[0]
            if isinstance(argument, ast.Constant):
                yield str(argument.value).split(".")[0]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_everything_that_is_imported_is_declared_and_everything_declared_is_imported(built):
    required, extras = set(), {}
    for line in metadata_of(only(built, "*.whl")).get_all("Requires-Dist"):
        name = canonical(re.match(r"[\w.-]+", line)[0])
        extra = re.search(r"extra == '(\w+)'", line)
        (extras.setdefault(extra[1], set()) if extra else required).add(name)
    assert {name: extras[name] for name in EXTRAS} == EXTRAS
    names = {name for path in PACKAGE.rglob("*.py") for name in imported(ast.parse(path.read_text()))}
    foreign = names - sys.stdlib_module_names - {"riskpanel"}
    owners = packages_distributions()
    used = {canonical(owners[name][0]) for name in foreign}
    assert used == required | EXTRAS["dask"] | EXTRAS["fast"]


class Installed:
    """The wheel in an environment of its own, in an empty folder, for a user who has nothing yet."""

    def __init__(self, wheel: Path, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
        self.bin = folder / "venv" / "bin"
        self.python = self.bin / "python"
        # pip of here installs there, and alone this wheel: what it needs is lent by this environment. A
        # path in a .pth file is searched, but the .pth files in it are not, such as that of the checkout.
        install = ["install", "--quiet", "--no-deps", "--no-index", wheel]
        subprocess.run([sys.executable, "-m", "pip", "--python", self.python, *install], check=True)
        (self.packages / "lent.pth").write_text("\n".join(lent_folders()))

    @property
    def packages(self) -> Path:
        return only(self.bin.parent, "lib/python3*/site-packages")

    def environment(self) -> list[str]:
        shown = {"HOME": self.home, "XDG_DATA_HOME": self.home / "share", "PATH": f"{self.bin}:/usr/bin:/bin"}
        return ["env", "--ignore-environment", *(f"{name}={value}" for name, value in shown.items())]

    def run(self, *command: str) -> str:
        """What a command prints; it must end with 0."""
        ended = subprocess.run(
            [*self.environment(), *command], cwd=self.home, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    @contextmanager
    def serve(self, *options: str) -> Iterator[LiveServer]:
        command = [*self.environment(), "riskpanel", "serve", "--port", "0", *options]
        with (
            tempfile.NamedTemporaryFile() as said,
            subprocess.Popen(
                command, cwd=self.home, text=True, stdout=subprocess.PIPE, stderr=said
            ) as process,
        ):
            try:
                yield LiveServer(process, Path(said.name))
            finally:
                process.kill()


def lent_folders() -> list[str]:
    """Where the packages of this environment are, and of those that it borrows from."""
    known = {Path(folder) for folder in getsitepackages()}
    known |= {Path(path) for path in sys.path if path.endswith("site-packages")}
    return [str(folder) for folder in sorted(known)]


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory) -> Installed:
    return Installed(only(built, "*.whl"), tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="module")
def filled(installed) -> Installed:
    """With the demo computed."""
    printed = installed.run("riskpanel", "demo")
    assert all(name in printed for name in ("Balanced", "Concentrated", "Long/short"))
    return installed


LOADED = """
import importlib, json, pkgutil, sys
import riskpanel
for module in pkgutil.walk_packages(riskpanel.__path__, "riskpanel."):
    if not module.name.startswith(("riskpanel.__main__", "riskpanel.store.migrations.")):
        importlib.import_module(module.name)
files = [getattr(module, "__file__", None) for name, module in sys.modules.items()]
print(json.dumps([file for file in files if file]))
"""


def test_every_module_is_imported_from_where_the_wheel_was_installed(installed):
    files = [Path(file) for file in json.loads(installed.run("python", "-c", LOADED))]
    own = [file for file in files if "riskpanel" in file.parts]
    assert len([file for file in own if file.is_relative_to(installed.packages)]) > 200
    assert [file for file in files if file.is_relative_to(ROOT) and "site-packages" not in file.parts] == []
    assert [file for file in own if not file.is_relative_to(installed.packages)] == []


def test_the_installed_command_tells_its_version(installed):
    assert installed.run("riskpanel", "--version") == f"riskpanel {__version__}\n"


def test_the_installed_demo_is_computed_in_the_folder_of_the_user_and_a_night_again_changes_nothing(filled):
    database = filled.home / "share" / "riskpanel" / "demo.sqlite3"
    assert database.is_file()
    url = f"RISKPANEL_DATABASE_URL=sqlite:///{database}"
    night = json.loads(filled.run("env", url, "riskpanel", "run", "--as-of", "2022-12-28", "--json"))
    assert night["complete"] is True
    page = filled.home / "report.html"
    filled.run("env", url, "riskpanel", "report", "Long/short", "--html", str(page))
    assert "<svg" in page.read_text()


def test_the_installed_server_answers_the_page_and_the_numbers_and_ends_as_asked(filled):
    with filled.serve("--demo") as server:
        index = server.get("/portfolios").text
        (script,) = re.findall(r'<script[^>]* src="([^"]+)"', index)
        answer = server.get(script)
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/javascript")
        listed = server.get("/api/v1/portfolios").json()["items"]
        assert len(listed) == 3
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=30) == 0, server.said


def test_the_installed_package_tells_type_checkers_that_it_is_typed(installed):
    assert (installed.packages / "riskpanel" / "py.typed").is_file()
