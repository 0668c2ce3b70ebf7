import re
from datetime import date
from pathlib import Path

import pytest

from riskpanel.book.scenarios import UserScenario, Window, built_in_scenarios
from riskpanel.errors import InputError
from riskpanel.sources.scenario_files import read_scenarios

TODAY = date(2025, 6, 30)
PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "mine.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_scenarios(path, today=TODAY)

    return read


def faults(parsed):
    return [str(fault) for fault in parsed.faults]


def test_a_scenario_of_moves_has_its_description_market_and_sectors(read):
    parsed = read("""
        [scenarios.rate_shock]
        description = '''  Rates up
        two points '''
        market = -0.07
        [scenarios.rate_shock.sectors]
        "information technology" = -0.15
        Utilities = 0
    """)
    assert parsed.faults == ()
    sectors = {"Information Technology": -0.15, "Utilities": 0.0}
    assert parsed.scenarios == (UserScenario("rate_shock", "Rates up two points", -0.07, sectors, None),)
    assert parsed.scenarios[0].kind == "user"


def test_a_scenario_of_a_window_has_its_ends_as_dates_or_as_texts(read):
    parsed = read("""
        [scenarios."Euro crisis"]
        from = 2011-07-22
        to = "2011-10-03"
    """)
    window = Window(date(2011, 7, 22), date(2011, 10, 3))
    assert parsed.scenarios == (UserScenario("Euro crisis", None, None, {}, window),)
    assert parsed.scenarios[0].kind == "replay"


def test_sectors_alone_are_a_scenario_and_come_by_name(read):
    parsed = read("[scenarios.b.sectors]\nEnergy = -1\n[scenarios.a.sectors]\nEnergy = 1.0\n")
    assert [one.name for one in parsed.scenarios] == ["a", "b"]
    assert [one.market for one in parsed.scenarios] == [None, None]
    assert [one.sectors for one in parsed.scenarios] == [{"Energy": 1.0}, {"Energy": -1.0}]


def test_the_example_of_the_documentation_is_a_good_file(read):
    (example,) = re.findall(r"```toml[^\n]*\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    parsed = read(example)
    assert parsed.faults == ()
    assert {one.kind for one in parsed.scenarios} == {"user", "replay"}
    assert any(one.sectors and one.market for one in parsed.scenarios)


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ("market = -7", "s, market: not a move between -1 and 1: -7 (decimals: -0.07 is -7 %)"),
        ("market = -1.0001", "s, market: not a move between -1 and 1: -1.0001 (decimals: -0.07 is -7 %)"),
        ("market = 5", "s, market: not a move between -1 and 1: 5 (decimals: -0.07 is -7 %)"),
        ("market = nan", "s, market: not a move between -1 and 1: nan (decimals: -0.07 is -7 %)"),
        ("market = -inf", "s, market: not a move between -1 and 1: -inf (decimals: -0.07 is -7 %)"),
        ("market = '-7 %'", "s, market: not a number: '-7 %'"),
        ("market = true", "s, market: not a number: True"),
        (
            "sectors.Energy = -2",
            "s, sectors.Energy: not a move between -1 and 1: -2 (decimals: -0.07 is -7 %)",
        ),
        ("sectors.Space = -0.2", "s, sectors.Space: not a GICS sector"),
        (
            "sectors.Technology = -0.2",
            "s, sectors.Technology: not a GICS sector; GICS calls it Information Technology",
        ),
        ("sectors.Energy = -0.1\nsectors.energy = -0.2", "s, sectors.energy: Energy is there twice"),
        ("sectors = -0.1", "s, sectors: not a table of sectors and moves"),
        (
            "market = -0.1\nshock = 1",
            "s, shock: unknown key; known are description, market, sectors, from, to",
        ),
        ("market = -0.1\ndescription = 4", "s, description: not a text of at most 400 printable characters"),
        (
            f"market = -0.1\ndescription = '{'x' * 401}'",
            "s, description: not a text of at most 400 printable characters",
        ),
        ("", "s: nothing moves: give market, sectors, or from and to"),
        ("market = 0", "s: nothing moves: give market, sectors, or from and to"),
        ("sectors = {}", "s: nothing moves: give market, sectors, or from and to"),
        ("from = 2020-01-02", "s, to: missing: a window has both ends"),
        ("to = 2020-01-02", "s, from: missing: a window has both ends"),
        ("from = 2020-01-03\nto = 2020-01-03", "s, to: 2020-01-03 is not after 2020-01-03"),
        ("from = 2020-01-06\nto = 2020-01-03", "s, to: 2020-01-03 is not after 2020-01-06"),
        ("from = 2025-01-03\nto = 2025-07-01", "s, to: 2025-07-01 is in the future"),
        (
            "from = 1929-09-03\nto = 1932-07-08",
            "s, from: 1929-09-03 is before the exchange calendar, which begins on 1950-01-01",
        ),
        (
            "from = 2020-01-03\nto = 2020-01-05",
            "s, to: no session of the exchange after 2020-01-03 and up to 2020-01-05",
        ),
        ("from = 20200103\nto = 2020-02-03", "s, from: not a date: 20200103 (YYYY-MM-DD)"),
        ("from = '3 Jan 2020'\nto = 2020-02-03", "s, from: not a date: '3 Jan 2020' (YYYY-MM-DD)"),
        (
            "from = 2020-01-03\nto = 2020-02-03T00:00:00",
            "s, to: not a date: datetime.datetime(2020, 2, 3, 0, 0) (YYYY-MM-DD)",
        ),
        (
            "from = 2020-01-03\nto = 2020-02-03\nmarket = 0.0",
            "s, from: a window of the past and moves exclude each other",
        ),
        (
            "from = 2020-01-03\nto = 2020-02-03\nsectors.Energy = -0.1",
            "s, from: a window of the past and moves exclude each other",
        ),
    ],
)
def test_a_wrong_entry_is_named_with_its_reason(read, keys, fault):
    parsed = read(f"[scenarios.s]\n{keys}\n")
    assert faults(parsed) == [fault]
    assert parsed.scenarios == ()


def test_every_fault_of_a_file_is_named_at_once_and_good_scenarios_stay_good(read):
    parsed = read("""
        [scenarios.good]
        market = -0.1
        [scenarios.bad]
        market = "x"
        odd = 1
        sectors.Foo = "y"
        [scenarios.worse]
        from = 2020-01-03
        market = 3
    """)
    assert [one.name for one in parsed.scenarios] == ["good"]
    assert [(fault.name, fault.key) for fault in parsed.faults] == [
        ("bad", "odd"),
        ("bad", "market"),
        ("bad", "sectors.Foo"),
        ("bad", "sectors.Foo"),
        ("worse", "market"),
        ("worse", "to"),
    ]


@pytest.mark.parametrize("name", built_in_scenarios().names)
def test_a_name_of_a_built_in_scenario_is_refused(read, name):
    spelled = name.replace("_", " ").title()
    assert faults(read(f"[scenarios.'{spelled}']\nmarket = -0.1\n")) == [
        f"{spelled}: {name} is built in: choose another name"
    ]


def test_names_that_differ_only_in_capitals_and_spaces_are_refused(read):
    parsed = read("[scenarios.'Oil shock']\nmarket = -0.1\n[scenarios.oil_shock]\nmarket = -0.2\n")
    assert faults(parsed) == ["oil_shock: too like Oil shock: names differ in more than capitals and spaces"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\\tb", "a\\nb", "a\\u0007"])
def test_a_name_must_be_printable_and_fit_its_column(read, name):
    (fault,) = read(f'[scenarios."{name}"]\nmarket = -0.1\n').faults
    assert fault.reason == "not a name: 1 to 60 printable characters"


def test_a_scenario_that_is_no_table_is_refused(read):
    assert faults(read("scenarios.s = -0.1\n")) == ["s: not a table: write [scenarios.NAME] above its keys"]


def test_an_empty_list_of_scenarios_is_a_file_without_any(read):
    assert read("[scenarios]\n") == read("scenarios = {}\n")
    assert read("[scenarios]\n").scenarios == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"not a scenario file: .* \(no \[scenarios.NAME\]\)"),
        ("scenarios = 3\n", r"no \[scenarios.NAME\]"),
        ("[scenario.a]\nmarket = -0.1\n", "unknown key: scenario"),
        ("version = 1\n[scenarios.a]\nmarket = -0.1\n", "unknown key: version"),
        ("[scenarios.a\n", "not TOML: .*line 1"),
        ("[scenarios.a]\nmarket = -0.1\n[scenarios.a]\nmarket = -0.2\n", "not TOML"),
        (b"[scenarios.\xff]\n", "not a text in UTF-8"),
    ],
)
def test_what_is_no_scenario_file_is_said_with_its_path(read, text, message):
    with pytest.raises(InputError, match=message) as caught:
        read(text)
    assert "mine.toml" in caught.value.what
    assert "[scenarios.NAME]" in caught.value.hint


def test_files_of_windows_programs_are_read(read):
    assert read(b"\xef\xbb\xbf[scenarios.a]\r\nmarket = -0.1\r\n").scenarios[0].market == -0.1


def test_a_missing_file_and_a_directory_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_scenarios(tmp_path / "gone.toml", today=TODAY)
    with pytest.raises(InputError, match="a directory, not a file"):
        read_scenarios(tmp_path, today=TODAY)
