import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from cli.report_documents import CARDS, changed, complete_document, empty_document, unknown_document
from riskpanel.cli import words
from riskpanel.cli.cards import build_page
from riskpanel.cli.report_html import render_html

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """Checks nesting, and collects what the tests ask about."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.text, self.sections = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "section":
            self.sections.append(dict(attrs)["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text.append(data)


def outline(document):
    parsed = Outline()
    parsed.feed(render_html(build_page(document)))
    parsed.close()
    assert parsed.open == []
    return parsed


def text_of(parsed):
    return " ".join(" ".join(parsed.text).split())


@pytest.mark.parametrize("build", [complete_document, unknown_document, empty_document])
def test_the_file_parses_and_holds_every_card_in_order(build):
    assert outline(build()).sections == CARDS


def test_nothing_is_fetched_and_nothing_is_run():
    parsed = outline(complete_document())
    assert not {"script", "link", "img", "iframe", "object"} & set(parsed.tags)
    addresses = [
        value for _, name, value in parsed.attributes if name in {"src", "href", "xlink:href", "action"}
    ]
    assert addresses == ["#health"]
    html = render_html(build_page(complete_document()))
    assert not re.search(r"https?:|//[a-z]|@import|url\(", html)
    assert not any(name.startswith("on") for _, name, _ in parsed.attributes)
    assert "default-src 'none'" in html


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</title><b>",
        "{{ 7 * 7 }}",
        "שלום",
        "x" * 5000,
    ],
)
def test_names_are_harmless(name):
    document = complete_document()
    hostile = replace(
        document,
        portfolio=replace(document.portfolio, name=name),
        holdings=tuple(replace(h, symbol=name, name=name, sector=name) for h in document.holdings),
    )
    parsed = outline(hostile)
    assert not {"script", "img"} & set(parsed.tags)
    assert parsed.tags.count("b") == outline(document).tags.count("b")
    assert parsed.tags.count("title") == outline(document).tags.count("title")
    assert name in "".join(parsed.text)
    assert parsed.sections == CARDS


def test_every_number_is_there_as_text():
    document = complete_document()
    text = text_of(outline(document))
    page = build_page(document)
    for card in page.cards:
        parts = [card.headline, card.sentence, *card.facts, card.aside, card.coverage]
        parts += [cell for bar in (card.bars.rows if card.bars else ()) for cell in (bar.label, *bar.cells)]
        parts += [cell for row in (card.table.rows if card.table else ()) for cell in row]
        for part in parts:
            assert " ".join(part.split()) in text, part
    for figure in page.strip:
        assert " ".join(figure.value.split()) in text
    for point in document.timeseries[-3:]:
        assert " ".join(words.percent(point.realized_volatility_21d).split()) in text


def test_each_chart_has_a_name_and_a_table():
    parsed = outline(complete_document())
    charts = [value for tag, name, value in parsed.attributes if name == "role" and value == "img"]
    labels = [value for tag, name, value in parsed.attributes if name == "aria-label"]
    assert len(charts) >= 7
    assert all(labels)
    assert parsed.tags.count("details") == 7
    assert parsed.tags.count("table") >= 6


def test_headings_are_in_order_and_the_language_is_named():
    parsed = outline(complete_document())
    assert [tag for tag in parsed.tags if re.fullmatch(r"h\d", tag)] == ["h1"] + ["h2"] * len(CARDS)
    assert ("html", "lang", "en") in parsed.attributes


def test_missing_numbers_are_dashes_with_their_reason():
    text = text_of(outline(unknown_document()))
    assert "Not known: not enough sessions of prices yet. Import older prices." in text
    assert "None" not in text
    assert "nan" not in text.lower().replace("finance", "")


def test_no_coordinate_is_missing_or_out_of_proportion():
    for document in (
        complete_document(),
        empty_document(),
        changed(complete_document(), market_beta_weighted=-9.0),
    ):
        for tag, name, value in outline(document).attributes:
            if tag in {"rect", "line", "circle", "path", "text"}:
                assert not re.search(r"nan|inf|None|e[+-]", value), (tag, name, value)
            if tag == "circle" and name == "cx":
                assert 0 <= float(value.rstrip("%")) <= 100


def test_a_line_breaks_where_a_value_is_missing():
    document = complete_document()
    series = list(document.timeseries)
    series[50] = replace(series[50], realized_volatility_21d=None)
    paths = [
        value
        for tag, name, value in outline(replace(document, timeseries=tuple(series))).attributes
        if tag == "path" and name == "d"
    ]
    assert max(path.count("M") for path in paths) == 2


def test_a_year_of_zero_volatility_still_draws():
    document = complete_document()
    flat = tuple(
        replace(point, realized_volatility_21d=0.0, realized_volatility_63d=0.0)
        for point in document.timeseries
    )
    still = replace(document, timeseries=flat)
    assert outline(changed(still, expected_volatility_21d=None)).sections == CARDS


def test_a_missing_percentile_has_no_marker():
    def points(document):
        return sum(value == "point" for _, name, value in outline(document).attributes if name == "class")

    document = complete_document()
    assert points(changed(document, volatility_percentile=None)) == points(document) - 1
    assert points(empty_document()) == 0
