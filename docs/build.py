"""Build the documentation site: ``make docs``.

The pages of this folder and those of the repository's root are copied side by side, with their links made
to fit, and handed to Zensical. What it has built is read again: a link or an anchor that leads nowhere, and
anything that a browser would fetch from another host, ends the build with 1.
"""

import argparse
import posixpath
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
SITE, WORK = ROOT / "site", ROOT / "build" / "docs"  # unless told otherwise
CONFIGURATION = "zensical.toml"
GENERATOR = '<meta name="generator" content="zensical'
# Pages of the repository's root, and where the site has them.
FRONT_PAGES = {
    "README.md": "overview.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
SECTIONS = {
    "Start": ("quick-start", "overview", "concepts", "faq", "troubleshooting", "glossary"),
    "Use": ("command-line", "imports", "sources", "scenarios", "provenance", "api"),
    "Numbers": ("methods",),
    "Operate": ("operations", "security"),
    "Develop": ("architecture", "contributing", "changelog"),
}
LABELS = {"overview": '{ "Overview and settings" = "overview.md" }'}  # where the title of a page will not do
FETCHED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "audio": "src", "video": "src"}
LINK = re.compile(r"(!?\[[^\[\]]*\]\()([^)\s#]+)((?:#[^)\s]*)?\))")


def main() -> int:
    """Build, check, and say where to open."""
    parser = argparse.ArgumentParser(description="Build the documentation site and check its links.")
    parser.add_argument("--into", type=Path, default=SITE, help="folder of the built site")
    parser.add_argument("--work", type=Path, default=WORK, help="folder for what it is built of")
    given = parser.parse_args()
    work, site = given.work.resolve(), given.into.resolve()
    for folder in (work, site):
        if not may_go(folder):
            print(f"error: not made by this program, and would be removed: {folder}", file=sys.stderr)
            print("hint: name a folder that is not there yet", file=sys.stderr)
            return 2
    return build(work, site)


def may_go(folder: Path) -> bool:
    """Tell whether a folder can be removed: there is none, it is empty, or this program made it."""
    if folder in {SITE, WORK} or not folder.exists():
        return True
    if not folder.is_dir() or ROOT.is_relative_to(folder):
        return False
    home = folder / "index.html"
    built = home.is_file() and GENERATOR in home.read_text(encoding="utf-8", errors="replace")
    return built or (folder / CONFIGURATION).is_file() or not any(folder.iterdir())


def build(work: Path, site: Path) -> int:
    """Build the site out of copies in ``work``; return the exit code."""
    shutil.rmtree(site, ignore_errors=True)
    shutil.rmtree(work, ignore_errors=True)
    copy_pages(work / "pages")
    configuration = write_configuration(work)
    options = ("--clean", "--strict", "--config-file", str(configuration))
    command = (sys.executable, "-m", "zensical", "build", *options)
    built = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    if built.returncode:
        told, *_ = built.stderr.partition("Traceback")
        print(told, end="", file=sys.stderr)
        return 1
    shutil.move(work / "site", site)
    faults = find_faults(site)
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    print(f"open {site / 'index.html'}")
    return 1 if faults else 0


# ---------------------------------------------------------------- what it is built of


def copy_pages(into: Path) -> None:
    """Copy pages and pictures into one folder, links fitted to it."""
    sources = {path.relative_to(DOCS).as_posix(): path for path in DOCS.rglob("*") if path.suffix in KEPT}
    sources |= {name: ROOT / page for page, name in FRONT_PAGES.items()}
    for name, source in sources.items():
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            target.write_text(
                fit_links(source.read_text(encoding="utf-8"), source=source, name=name), encoding="utf-8"
            )
        else:
            shutil.copy(source, target)


ELSEWHERE = re.compile(r"(?:url\(|@import )[\"']?((?:https?:)?//[^\"')]+)")  # in a style sheet
KEPT = (".md", ".png", ".svg", ".css", ".js")


def fit_links(text: str, *, source: Path, name: str) -> str:
    """Return a page with each link to a file as it is called from the page's place in the site."""

    def fitted(found: re.Match[str]) -> str:
        opening, link, rest = found.groups()
        if urlsplit(link).scheme:
            return found[0]
        path = posixpath.normpath(posixpath.join(source.parent.relative_to(ROOT).as_posix(), link))
        if (ROOT / path).is_dir():
            path = f"{path}/README.md"
        if path not in FRONT_PAGES and not path.startswith("docs/"):
            return opening.removesuffix("](").removeprefix("[")  # the site has no source
        there = FRONT_PAGES.get(path, path.removeprefix("docs/"))
        return opening + posixpath.relpath(there, posixpath.dirname(name) or ".") + rest

    return LINK.sub(fitted, text)


def write_configuration(work: Path) -> Path:
    """Write the configuration with the navigation of the pages that are there; return its path."""
    settings = (DOCS / "site.toml").read_text(encoding="utf-8")
    written = settings.replace("# navigation\n", navigation(work / "pages"))
    path = work / CONFIGURATION
    path.write_text(written, encoding="utf-8")
    return path


def navigation(pages: Path) -> str:
    """Return the navigation: sections in order; under Use also the pages that no section names."""
    sections = {title: list(names) for title, names in SECTIONS.items()}
    named = {name for names in sections.values() for name in names} | {"index"}
    sections["Use"] += sorted(page.stem for page in pages.glob("*.md") if page.stem not in named)
    items = ['  "index.md",']
    for title, names in sections.items():
        listed = [LABELS.get(name, f'"{name}.md"') for name in names if (pages / f"{name}.md").exists()]
        listed += FOLDERS.get(title, lambda _: [])(pages)
        items.append(f'  {{ "{title}" = [{", ".join(listed)}] }},')
    return "\n".join(["nav = [", *items, "]", ""])


def folder(name: str, title: str, pages: Path) -> str:
    """Return the entry of a folder: its index, then its other pages by name."""
    rest = sorted(page.name for page in (pages / name).glob("*.md") if page.name != "README.md")
    listed = ", ".join(f'"{name}/{page}"' for page in ["README.md", *rest])
    return f'{{ "{title}" = [{listed}] }}'


FOLDERS = {
    "Numbers": lambda pages: [folder("evidence", "Evidence", pages)],
    "Develop": lambda pages: [folder("decisions", "Decisions", pages)],
}


# ---------------------------------------------------------------- what has been built


class Page(HTMLParser):
    """Names on a built page, and what it links to and fetches."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag is named and what it points to."""
        given = {name: value for name, value in attrs if value is not None}
        self.names |= {given[name] for name in ("id", "name") if name in given}
        if tag in {"a", "area"} and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and "canonical" not in given.get("rel", "") and "href" in given:
            self.fetched.append(given["href"])
        if FETCHED.get(tag, "") in given:
            self.fetched.append(given[FETCHED[tag]])


def find_faults(site: Path) -> list[str]:
    """Return what is wrong with a built site, a line each: dead links, and what is fetched elsewhere."""
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    faults = []
    for path, page in pages.items():
        where = path.relative_to(site)
        for address in page.fetched:
            if urlsplit(address).netloc:
                faults.append(f"{where} fetches from another host: {address}")
        for address in [*page.links, *page.fetched]:
            if not leads_somewhere(address, path, site, pages):
                faults.append(f"{where} has a link that leads nowhere: {address}")
    for sheet in site.rglob("*.css"):
        for address in ELSEWHERE.findall(sheet.read_text(encoding="utf-8")):
            faults.append(f"{sheet.relative_to(site)} fetches from another host: {address}")
    return faults


def leads_somewhere(address: str, source: Path, site: Path, pages: dict[Path, Page]) -> bool:
    """Tell whether an address on a page is there; those of other hosts are not asked."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return True
    path = unquote(parts.path)
    folder = (
        site if path.startswith("/") else source.parent
    )  # the page of errors does not know where it is shown
    target = (folder / path.lstrip("/")).resolve() if path else source
    target = target / "index.html" if target.is_dir() else target
    if not target.exists():
        return False
    return not parts.fragment or target not in pages or unquote(parts.fragment) in pages[target].names


if __name__ == "__main__":
    sys.exit(main())
