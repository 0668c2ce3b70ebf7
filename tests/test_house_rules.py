"""The rules that no linter knows, checked on the syntax tree of every module."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "riskpanel"
MODULES = sorted(SOURCE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text()) for path in MODULES}
NOT_CLI = {path.relative_to(SOURCE).parts[0] for path in MODULES} - {"cli"}
BANNED = {"utils", "helper", "manager", "handler", "process", "data", "info", "result", "v2", "new", "final"}
BANNED |= {"enhanced", "comprehensive"}


def name_of(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return 0 if not body else (body[-1].end_lineno or 0) - body[0].lineno + 1


def offences(look: Callable[[Path, ast.Module], object], *parts: str) -> dict[str, object]:
    """What a look at each module has found, by its name; of parts of the package where they are named."""
    asked = [path for path in MODULES if not parts or path.relative_to(SOURCE).parts[0] in parts]
    found = {name_of(path): look(path, TREES[path]) for path in asked}
    return {name: one for name, one in found.items() if one}


def is_migration(path: Path) -> bool:
    """Whether it is a list of columns, frozen, and called after tables whose names are fixed."""
    return path.parent.name == "versions"


def test_a_module_has_fewer_than_300_lines() -> None:
    assert offences(lambda path, _: len(path.read_text().splitlines()) > 300) == {}


def test_a_function_body_has_fewer_than_40_lines() -> None:
    def long(path: Path, tree: ast.Module) -> list[str]:
        return [f.name for f in functions(tree) if body_length(f) >= 40 and not is_migration(path)]

    assert offences(long) == {}


def test_nothing_returns_a_dictionary_of_anything() -> None:
    def of_anything(_: Path, tree: ast.Module) -> list[str]:
        returned = [ast.unparse(f.returns) for f in functions(tree) if f.returns]
        return [r for r in returned if re.match(r"[Dd]ict\[str, (typing\.)?Any\]", r)]

    assert offences(of_anything) == {}


def test_names_say_something() -> None:
    fixed_by_others = {"DataQuality", "process_bind_param", "process_result_value"}

    def empty(path: Path, tree: ast.Module) -> set[str]:
        names = {path.stem, *(f.name for f in functions(tree))}
        names |= {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        words = {name: {word.lower() for word in re.split(r"_|(?<=[a-z])(?=[A-Z])", name)} for name in names}
        bad = {name for name, parts in words.items() if parts & BANNED} - fixed_by_others
        return set() if is_migration(path) else bad

    assert offences(empty) == {}


def test_a_pure_function_is_not_called_calculate_or_get() -> None:
    def called_so(_: Path, tree: ast.Module) -> list[str]:
        names = [f.name.lstrip("_") for f in functions(tree)]
        return [name for name in names if name.startswith(("calculate_", "get_"))]

    assert offences(called_so, "risk", "book") == {}


def catches_everything(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler) or isinstance(node.body[-1], ast.Raise):
        return False
    caught = "" if node.type is None else ast.unparse(node.type)
    return not caught or bool({"Exception", "BaseException"} & set(re.findall(r"\w+", caught)))


def test_only_the_shard_runner_catches_everything() -> None:
    broad = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(TREES[path])
        if catches_everything(node)
    ]
    assert len(broad) == 1
    assert broad[0].startswith("nightly/shards.py:")


def test_only_the_command_line_reads_the_clock() -> None:
    clocks = r"\b(datetime\.(now|utcnow)|date\.today|time\.(time|monotonic|perf_counter))\("
    assert offences(lambda path, _: re.findall(clocks, path.read_text()), *NOT_CLI) == {}


def test_only_the_edges_print() -> None:
    def printed(_: Path, tree: ast.Module) -> list[int]:
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        return [c.lineno for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"]

    assert offences(printed, *NOT_CLI) == {}


def test_a_look_at_every_module_finds_what_is_there() -> None:
    assert offences(lambda path, _: path.name == "beta.py", "risk") == {"risk/beta.py": True}
    assert len(offences(lambda path, tree: tree.body or is_migration(path))) > 250


RISK_FUNCTIONS = [
    (path, function)
    for path in sorted((SOURCE / "risk").glob("*.py"))
    if path.stem not in {"arrays", "blocks", "har", "matrices", "__init__"}  # shared internals, not offered
    for function in ast.parse(path.read_text()).body
    if isinstance(function, ast.FunctionDef) and not function.name.startswith("_")
]


@pytest.mark.parametrize(("path", "function"), RISK_FUNCTIONS, ids=lambda v: getattr(v, "name", None))
def test_the_docstring_of_a_risk_function_is_whole(path: Path, function: ast.FunctionDef) -> None:
    text = ast.get_docstring(function) or ""
    sections = ("Parameters", "Returns", "Notes", "References", "Examples")
    assert [s for s in sections if f"\n{s}\n---" not in text] == []
    assert re.search(r"\((T|N|P|S|T, N|P, N)(,[^)]*)?\)", text.split("Returns\n")[0]), (
        "no shape in Parameters"
    )
    assert ">>>" in text


@pytest.mark.parametrize(("path", "function"), RISK_FUNCTIONS, ids=lambda v: getattr(v, "name", None))
def test_data_arguments_are_positional_and_knobs_keyword_only(path: Path, function: ast.FunctionDef) -> None:
    assert len(function.args.args) <= 3
    assert function.args.defaults == []


def test_imports_point_downwards_only() -> None:
    # In a process of its own: the linter switches off the loggers that exist, and other tests read them.
    command = [
        sys.executable,
        "-c",
        "import sys; from importlinter.cli import lint_imports_command as run; run()",
    ]
    answer = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout


def test_the_ten_rules_stand_in_contributing() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert re.findall(r"^(\d+)\. ", text, flags=re.MULTILINE)[:10] == [str(n) for n in range(1, 11)]


def test_every_decision_names_what_enforces_it() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert len(decisions) >= 5
    assert [d.name for d in decisions if "Enforced by:" not in d.read_text()] == []
