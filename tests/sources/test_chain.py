"""Several sources as one: who is asked, who is left alone, and that nobody waits for another's answer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from time import sleep

import pytest

from riskpanel.sources.chain import Chain, NobodyError
from riskpanel.sources.protocol import SourceClosedError, SourceFailedError, UnreachedError, UnusableError
from sources.recorded import Recorded, history_of

FIRST, LAST = date(2022, 12, 1), date(2022, 12, 28)
HISTORY = history_of(FIRST, LAST)


def ask(chain, symbol="A", **options):
    return chain.ask("history", lambda source: source.history(symbol, FIRST, LAST), **options)


def test_a_source_answers_several_threads_at_once():
    together = Barrier(4, timeout=20)  # breaks where one waits for the answer of another
    source = Recorded("one", {"A": HISTORY}, before_answer=lambda symbol: together.wait())
    chain = Chain([source])
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ask(chain), range(4)))
    assert all(answer.value.equals(HISTORY) for answer in answers)


@pytest.mark.parametrize(("error", "asked"), [(SourceFailedError, 5), (UnusableError, 12)])
def test_only_failures_make_a_source_be_left_alone(error, asked):
    source = Recorded("one", {"A": error("no")})
    chain = Chain([source])
    for _ in range(12):
        with pytest.raises(NobodyError):
            ask(chain)
    assert len(source.asked) == asked


def test_a_source_without_a_connection_is_unreached_also_while_it_is_left_alone():
    chain = Chain([Recorded("files", {}), Recorded("one", {"A": UnreachedError("no connection")})])
    for _ in range(7):
        with pytest.raises(NobodyError) as caught:
            ask(chain)
        assert caught.value.unreached
    assert "left alone for now" in caught.value.what
    with pytest.raises(NobodyError) as caught:
        ask(Chain([Recorded("files", {})]))
    assert not caught.value.unreached


def test_an_answer_between_failures_starts_the_count_again():
    source = Recorded("one", {"A": SourceFailedError("no"), "B": HISTORY})
    chain = Chain([source])
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(NobodyError):
                ask(chain)
        assert ask(chain, "B").source == "one"


def test_a_source_is_tried_again_after_its_pause():
    source = Recorded("one", {"A": SourceFailedError("no"), "B": HISTORY})
    chain = Chain([source], pause=0.5)
    for _ in range(5):
        with pytest.raises(NobodyError, match="one: no"):
            ask(chain)
    with pytest.raises(NobodyError, match="left alone for now"):
        ask(chain, "B")
    sleep(0.6)
    assert ask(chain, "B").source == "one"


def test_a_closed_source_is_asked_no_more_for_that_kind():
    source = Recorded("one", {"A": SourceClosedError("the key is wrong")})
    chain = Chain([source])
    for _ in range(3):
        with pytest.raises(NobodyError, match="one: the key is wrong"):
            ask(chain)
    assert (len(source.asked), chain.closed()) == (1, (("one", "the key is wrong"),))


def test_sources_are_asked_in_order_besides_some_or_only_one():
    chain = Chain([Recorded(name, {"A": HISTORY}) for name in ("one", "two", "three")])
    told = [ask(chain).source, ask(chain, besides=("one",)).source, ask(chain, only="three").source]
    assert told == ["one", "two", "three"]
    with pytest.raises(NobodyError, match="no source is left to ask") as caught:
        ask(chain, besides=("one", "two", "three"))
    assert not caught.value.unknown
