"""The site is built from the pages, every link of it leads somewhere, and a browser asks nobody else."""

import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location

import pytest

from pages.commands import ROOT

_spec = spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
assert _spec is not None
assert _spec.loader is not None
build = module_from_spec(_spec)
_spec.loader.exec_module(build)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site."""
    folder = tmp_path_factory.mktemp("docs")
    places = ["--work", str(folder / "work"), "--into", str(folder / "site")]
    command = [sys.executable, str(ROOT / "docs" / "build.py"), *places]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == f"open {folder / 'site' / 'index.html'}"
    return folder / "site"


def test_every_page_is_on_the_site_and_in_its_navigation(site):
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    wanted = {page.replace("README.md", "index.md").replace(".md", ".html") for page in pages}
    wanted |= {"overview.html", "architecture.html", "contributing.html", "changelog.html"}
    assert len(wanted) > 40
    home = build.Page(site / "index.html")
    assert wanted - {path.relative_to(site).as_posix() for path in site.rglob("*.html")} == set()
    assert wanted - {link.partition("#")[0].removeprefix("./") for link in home.links} == set()


def test_every_page_that_the_navigation_names_is_there():
    named = {f"{name}.md" for names in build.SECTIONS.values() for name in names}
    assert (
        named - {path.name for path in (ROOT / "docs").glob("*.md")} - set(build.FRONT_PAGES.values())
        == set()
    )


@pytest.mark.parametrize("option", ["--into", "--work"])
@pytest.mark.parametrize("kept", ["letter.txt", "index.html"])
def test_a_folder_that_it_has_not_made_is_refused_and_stays(tmp_path, option, kept):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / kept).write_text("<html>mine</html>")
    other = "--work" if option == "--into" else "--into"
    places = [option, str(tmp_path / "own"), other, str(tmp_path / "free")]
    command = [sys.executable, str(ROOT / "docs" / "build.py"), *places]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"would be removed: {tmp_path / 'own'}" in done.stderr
    assert (tmp_path / "own" / kept).read_text() == "<html>mine</html>"


def test_what_it_has_made_and_what_is_empty_can_be_built_anew_but_never_the_repository(site, tmp_path):
    assert build.may_go(site)
    assert build.may_go(site.parent / "work")
    assert build.may_go(tmp_path)
    assert build.may_go(tmp_path / "none")
    assert not build.may_go(ROOT)
    assert not build.may_go(ROOT.parent)
    assert not build.may_go(ROOT / "docs")


def test_the_search_knows_the_pages(site):
    found = [path for path in site.rglob("search*.js*") if "quick-start.html" in path.read_text("utf-8")]
    assert found != []


def test_no_script_or_style_of_the_site_names_a_host_to_load_from(site):
    scripts = [path.read_text("utf-8") for path in (*site.rglob("*.js"), *site.rglob("*.html"))]
    assert scripts
    loaded = r"(?:import\(|importScripts\(|fetch\(|src=)[\"'`](?:https?:)?//"
    assert [found for text in scripts for found in re.findall(loaded, text)] == []


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ('<a href="gone.html">', "index.html has a link that leads nowhere: gone.html"),
        ('<a href="#gone">', "index.html has a link that leads nowhere: #gone"),
        ('<a href="other.html#gone">', "index.html has a link that leads nowhere: other.html#gone"),
        ('<img src="gone.png">', "index.html has a link that leads nowhere: gone.png"),
        (
            '<script src="https://a.example/b.js">',
            "index.html fetches from another host: https://a.example/b.js",
        ),
        (
            '<link rel="stylesheet" href="//a.example/b.css">',
            "index.html fetches from another host: //a.example/b.css",
        ),
        ('<a href="other.html#there"><a href="https://a.example/"><a href="#here" id="here">', None),
    ],
)
def test_a_link_that_leads_nowhere_and_another_host_are_found(tmp_path, html, fault):
    (tmp_path / "index.html").write_text(html)
    (tmp_path / "other.html").write_text('<h2 id="there">')
    assert build.find_faults(tmp_path) == ([] if fault is None else [fault])


def test_a_style_sheet_that_asks_another_host_is_found(tmp_path):
    (tmp_path / "a.css").write_text("@font-face { src: url('https://a.example/f.woff2') }")
    assert build.find_faults(tmp_path) == ["a.css fetches from another host: https://a.example/f.woff2"]


def test_links_fit_the_place_that_a_page_has_on_the_site():
    text = "[a](docs/methods.md#reasons) ![b](docs/images/page.png) [c](docs/decisions/) [d](src/x.py) [e](https://f)"
    fitted = build.fit_links(text, source=ROOT / "README.md", name="overview.md")
    assert fitted == "[a](methods.md#reasons) ![b](images/page.png) [c](decisions/README.md) d [e](https://f)"


@pytest.mark.parametrize("folder", ["evidence", "decisions"])
def test_the_index_of_a_folder_names_each_of_its_pages(folder):
    pages = {path.name for path in (ROOT / "docs" / folder).glob("*.md")} - {"README.md"}
    index = (ROOT / "docs" / folder / "README.md").read_text("utf-8")
    assert pages - set(re.findall(r"\]\(([^)]+)\)", index)) == set()


def test_every_figure_in_the_index_of_evidence_stands_on_its_page():
    folder = ROOT / "docs" / "evidence"
    entries = (folder / "README.md").read_text("utf-8").split("\n- ")[1:]
    figures = {
        re.findall(r"\]\((\w+\.md)\)", entry)[0]: re.findall(r"\*\*(.+?)\*\*", entry, re.DOTALL)
        for entry in entries
    }
    assert all(figures.values())
    lacking = [
        (page, figure)
        for page, listed in figures.items()
        for figure in listed
        if " ".join(figure.split()) not in " ".join((folder / page).read_text("utf-8").split())
    ]
    assert lacking == []
