"""What is said of each number is what the tables, the code and the methods page say."""

import importlib
import re
from dataclasses import fields
from pathlib import Path

import pytest

from riskpanel.book.complete import HoldingRecord
from riskpanel.book.explanations import FAMILIES, OF_HOLDINGS, OF_SNAPSHOTS, find_metric
from riskpanel.book.policy import RiskPolicy
from riskpanel.errors import NotFoundError
from riskpanel.store.schema import portfolio_snapshots
from riskpanel.store.snapshots import SHOWN

ALL = [*OF_SNAPSHOTS.values(), *OF_HOLDINGS.values()]
PAGE = (Path(__file__).parents[2] / "docs" / "methods.md").read_text(encoding="utf-8")
NOT_NUMBERS = {"symbol", "name", "sector", "quantity", "lots", "price_date", "reasons"}
OTHER_METRICS = {"data_quality"}


def plain(text: str) -> str:
    """Text as it is read, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"[`*]|\s*\(`[^)]*\)", "", text))


def sections() -> dict[str, str]:
    """Text under each heading; "a_low / high" names two columns."""
    found: dict[str, str] = {}
    for part in re.split(r"^##+ ", PAGE, flags=re.MULTILINE)[1:]:
        heading, text = part.split("\n", maxsplit=1)
        first, *others = heading.strip().split(" / ")
        for name in (first, *(f"{first.rsplit('_', maxsplit=1)[0]}_{other}" for other in others)):
            found[name] = text
    return found


SECTIONS = sections()


def of(metric):
    return f"{'holding ' if metric in OF_HOLDINGS.values() else ''}{metric.name}"


each = pytest.mark.parametrize("metric", ALL, ids=of)


def test_every_column_of_a_snapshot_that_is_shown_is_explained_and_nothing_else():
    assert OF_SNAPSHOTS.keys() == set(SHOWN)
    assert sum(len(some) for some in FAMILIES.values()) == len(OF_SNAPSHOTS)


def test_every_number_of_a_holding_is_explained_and_nothing_else():
    assert OF_HOLDINGS.keys() == {field.name for field in fields(HoldingRecord)} - NOT_NUMBERS


@each
def test_the_functions_that_make_it_exist(metric):
    assert metric.functions
    for name in metric.functions:
        module, function = f"riskpanel.{name}".rsplit(".", maxsplit=1)
        assert callable(getattr(importlib.import_module(module), function))


@each
def test_the_constants_it_depends_on_are_of_the_policy(metric):
    window = {metric.window.sessions} if isinstance(metric.window.sessions, str) else set()
    assert window <= set(metric.policy) <= set(RiskPolicy.model_fields)


@each
def test_what_it_rests_on_are_columns_beside_it(metric):
    known = OF_SNAPSHOTS if metric in OF_SNAPSHOTS.values() else OF_HOLDINGS
    beside = {metric.observations, metric.coverage, metric.parent} - {None}
    assert metric.name not in beside <= known.keys()


@each
def test_its_findings_are_those_of_a_metric(metric):
    assert set(metric.findings) <= {column.name for column in portfolio_snapshots.c}


@each
def test_the_methods_page_has_its_section_formula_and_unit(metric):
    text = plain(SECTIONS[metric.section])
    assert metric.formula
    assert [line for line in metric.formula if plain(line) not in text] == []


@pytest.mark.parametrize("metric", [m for m in ALL if m.name == m.section], ids=of)
def test_a_metric_with_a_section_of_its_own_has_its_words(metric):
    lead, *_ = SECTIONS[metric.name].strip().split("\n")
    assert metric.meaning == plain(lead) or metric in OF_HOLDINGS.values()
    (unit,) = re.findall(r"^- \*\*Unit\*\*: (.+)$", SECTIONS[metric.name], flags=re.MULTILINE)
    assert plain(unit).startswith(metric.unit)


@pytest.mark.parametrize("section", sorted({metric.section for metric in ALL} - {"Conventions"}))
def test_every_constant_that_a_section_names_is_one_of_its_metrics(section):
    named = set(re.findall(r"`(\w+)`", SECTIONS[section])) & set(RiskPolicy.model_fields)
    assert named <= {constant for m in ALL if m.section == section for constant in m.policy}


@each
def test_its_words_are_a_sentence_and_a_title_that_fits_a_line(metric):
    assert metric.meaning.endswith(".")
    assert 0 < len(metric.title) <= 28
    assert not metric.title.endswith(".")


def test_a_metric_is_found_by_its_name_and_an_unknown_one_has_those_near_it():
    also = {"beta": "of a holding: --symbol SYMBOL"}
    assert find_metric(" HHI ", OF_SNAPSHOTS, also=also).name == "hhi"
    assert find_metric("nav", OF_SNAPSHOTS, also={}).name == "net_asset_value"
    assert find_metric("VaR", OF_SNAPSHOTS, also={}).name == "value_at_risk_95"
    with pytest.raises(NotFoundError):  # two letters are too few
        find_metric("tc", OF_SNAPSHOTS, also={})
    with pytest.raises(NotFoundError, match="unknown metric: beta") as near:
        find_metric("beta", OF_SNAPSHOTS, also=also)
    assert near.value.hint.startswith("did you mean market_beta_weighted, ")
    assert near.value.hint.endswith("? of a holding: --symbol SYMBOL")
    with pytest.raises(NotFoundError) as typed:
        find_metric("traking_error", OF_SNAPSHOTS, also={})
    assert typed.value.hint == "did you mean tracking_error?"
    with pytest.raises(NotFoundError) as far:
        find_metric("zzz", OF_SNAPSHOTS, also={})
    assert far.value.hint == "riskpanel explain PORTFOLIO lists all of them"
