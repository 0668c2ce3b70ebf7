"""The rules that no linter knows, checked on the syntax tree of every module."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "riskpanel"
MODULES = sorted(SOURCE.rglob("*.py"))
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


@pytest.fixture(params=MODULES, ids=name_of)
def module(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_a_module_has_fewer_than_300_lines(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= 300


def test_a_function_body_has_fewer_than_40_lines(module: Path) -> None:
    long = {f.name: body_length(f) for f in functions(ast.parse(module.read_text())) if body_length(f) >= 40}
    if module.parent.name == "versions":
        return  # a migration is a list of columns, and frozen
    assert long == {}


def test_nothing_returns_a_dictionary_of_anything(module: Path) -> None:
    returned = [ast.unparse(f.returns) for f in functions(ast.parse(module.read_text())) if f.returns]
    assert [r for r in returned if re.match(r"[Dd]ict\[str, (typing\.)?Any\]", r)] == []


def test_names_say_something(module: Path) -> None:
    if module.parent.name == "versions":
        return  # migrations are called after tables, whose names are fixed
    tree = ast.parse(module.read_text())
    names = {module.stem, *(f.name for f in functions(tree))}
    names |= {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    words = {name: {word.lower() for word in re.split(r"_|(?<=[a-z])(?=[A-Z])", name)} for name in names}
    fixed_by_others = {"DataQuality", "process_bind_param", "process_result_value"}
    assert {name for name, parts in words.items() if parts & BANNED} - fixed_by_others == set()


def test_a_pure_function_is_not_called_calculate_or_get(module: Path) -> None:
    if module.relative_to(SOURCE).parts[0] not in {"risk", "book"}:
        return
    names = [f.name.lstrip("_") for f in functions(ast.parse(module.read_text()))]
    assert [name for name in names if name.startswith(("calculate_", "get_"))] == []


def catches_everything(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler) or isinstance(node.body[-1], ast.Raise):
        return False
    caught = "" if node.type is None else ast.unparse(node.type)
    return not caught or bool({"Exception", "BaseException"} & set(re.findall(r"\w+", caught)))


def test_only_the_shard_runner_catches_everything() -> None:
    broad = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if catches_everything(node)
    ]
    assert len(broad) == 1
    assert broad[0].startswith("nightly/shards.py:")


def test_only_the_command_line_reads_the_clock(module: Path) -> None:
    if module.relative_to(SOURCE).parts[0] == "cli":
        return
    clocks = r"\b(datetime\.(now|utcnow)|date\.today|time\.(time|monotonic|perf_counter))\("
    assert re.findall(clocks, module.read_text()) == []


def test_only_the_edges_print(module: Path) -> None:
    if module.relative_to(SOURCE).parts[0] == "cli":
        return
    calls = [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Call)]
    assert [c.lineno for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"] == []


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
