import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from riskpanel.book.symbols import normalize_symbol
from riskpanel.errors import InputError


@given(st.text(max_size=30))
def test_a_normal_spelling_is_its_own_normal_spelling_or_the_text_is_refused(text):
    try:
        symbol = normalize_symbol(text)
    except InputError:
        return
    assert normalize_symbol(symbol) == symbol
    assert re.fullmatch(r"\^?[A-Z0-9][A-Z0-9=-]{0,22}", symbol)


@given(st.from_regex(r"[A-Za-z]{1,6}", fullmatch=True), st.sampled_from("AB"), st.sampled_from("./-_ "))
def test_every_separator_of_a_share_class_is_one(stem, share_class, separator):
    assume(stem)
    expected = f"{stem.upper()}-{share_class}"
    assert normalize_symbol(f" {stem}{separator}{share_class.lower()} ") == expected


@pytest.mark.parametrize("text", ["", " ", "-", "A*B", "é", "A" * 24, "^", "a,b", "AAPL\x00"])
def test_what_is_no_symbol_is_refused(text):
    with pytest.raises(InputError, match="not a symbol"):
        normalize_symbol(text)
