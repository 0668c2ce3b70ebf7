"""Checks of which symbols have prices, and how new they are."""

from collections.abc import Callable, Iterable

from riskpanel.nightly.doctor.checks import (
    Affected,
    Check,
    Judgement,
    Severity,
    Trouble,
    Unexamined,
    have,
    plural,
)
from riskpanel.nightly.doctor.facts import Facts, Prices
from riskpanel.sources.calendar import sessions_between

PART = "Prices"
NO_PRICES = Unexamined("there are no prices")
_NAMED = 8  # symbols that a command names


def with_prices(judge: Callable[[Facts, Prices], Judgement]) -> Callable[[Facts], Judgement]:
    """Make a check of prices say that it could not be made where there are none."""

    def examined(facts: Facts) -> Judgement:
        return NO_PRICES if facts.prices is None else judge(facts, facts.prices)

    return examined


def fetch_of(symbols: Iterable[str], *, force: bool = False) -> tuple[str, ...]:
    """Return the command that fetches some symbols; of many, all that are held.

    ``force`` fetches whole histories again: else only what follows the newest stored price comes.
    """
    named = sorted(symbols)
    words = ["riskpanel fetch", *(named if len(named) <= _NAMED else ()), *(["--force"] if force else ())]
    return (" ".join(words),)


def _none(facts: Facts) -> Judgement:
    return Trouble("there is no price of any symbol") if facts.prices is None else None


def _behind(facts: Facts, prices: Prices) -> Judgement:
    behind = len(sessions_between(prices.as_of, facts.due)) - 1
    if behind < 1:
        return None
    told = f"the newest prices are of {prices.as_of}, {plural(behind, 'session')} before {facts.due}"
    return Trouble(f"{told}, the last session that is due")


def _unpriced(facts: Facts, prices: Prices) -> Judgement:
    lacking = sorted(symbol for symbol in facts.held.holders if symbol not in prices.last)
    if not lacking:
        return None
    told = plural(len(lacking), "held symbol", of=len(facts.held.holders))
    affected = [_held_by(facts, symbol) for symbol in lacking]
    return Trouble(f"{told} {have(len(lacking))} no price at all", affected, fetch_of(lacking))


def _stopped(facts: Facts, prices: Prices) -> Judgement:
    most = facts.policy.max_price_age
    aged = [(symbol, prices.age(symbol)) for symbol in sorted(facts.held.holders)]
    stopped = [symbol for symbol, age in aged if age is not None and age > most]
    if not stopped:
        return None
    told = plural(len(stopped), "held symbol", of=len(facts.held.holders))
    affected = [Affected(symbol, f"last price {prices.last[symbol]}") for symbol in stopped]
    return Trouble(
        f"{told} {have(len(stopped))} had no price for more than {plural(most, 'session')}",
        affected,
        fetch_of(stopped),
    )


def _stale(facts: Facts, prices: Prices) -> Judgement:
    most = facts.policy.max_price_age
    aged = [(symbol, prices.age(symbol) or 0) for symbol in sorted(facts.held.holders)]
    stale = [symbol for symbol, age in aged if 0 < age <= most]
    if not stale:
        return None
    told = plural(len(stale), "held symbol", of=len(facts.held.holders))
    affected = [Affected(symbol, f"last price {prices.last[symbol]}") for symbol in stale]
    return Trouble(f"{told} {have(len(stale))} no price of {prices.as_of}", affected, fetch_of(stale))


def _quarantined(facts: Facts) -> Judgement:
    waiting = facts.quarantined
    if not waiting:
        return None
    told = f"{plural(sum(waiting.values()), 'refused row')} of {plural(len(waiting), 'symbol')}"
    return Trouble(
        f"{told} wait for a decision",
        [Affected(symbol, plural(rows, "row")) for symbol, rows in waiting.items()],
    )


def _held_by(facts: Facts, symbol: str) -> Affected:
    return Affected(symbol, f"held by {plural(facts.held.holders[symbol], 'portfolio')}")


SYMBOL_CHECKS: tuple[Check[Facts], ...] = (
    Check(
        "no-prices",
        PART,
        Severity.ERROR,
        "No prices",
        "whether there is a price of any symbol",
        "nothing can be valued.",
        "Fetch the prices of what is held and of the market indexes, or import a file of prices.",
        "there are prices",
        _none,
        ("riskpanel fetch", "riskpanel import prices FILE"),
    ),
    Check(
        "prices-behind",
        PART,
        Severity.WARNING,
        "Prices are behind",
        "the newest session with a price against the newest whose night is due by the exchange's calendar",
        "the newest numbers are those of an older session; a scheduler waits for the prices, and after 12 "
        "hours gives a session up.",
        "Fetch or import the sessions that lack; the missed nights are then computed by the scheduler or "
        "`backfill`.",
        "prices reach the last close that is due",
        with_prices(_behind),
        ("riskpanel fetch",),
    ),
    Check(
        "symbols-unpriced",
        PART,
        Severity.ERROR,
        "Held without any price",
        "symbols that somebody holds and that have no price up to the newest session with prices",
        "a portfolio that holds one cannot be valued: it fails each night, and is named in the run.",
        "Fetch or import their prices. A symbol that no source knows is misspelled, renamed or delisted: "
        "correct the position, or end it.",
        "every held symbol has a price",
        with_prices(_unpriced),
        ("riskpanel fetch SYMBOL", "riskpanel import prices FILE"),
    ),
    Check(
        "prices-stopped",
        PART,
        Severity.ERROR,
        "Prices stopped",
        "held symbols whose newest price is older than `max_price_age`, 21 sessions unless set",
        "a price that old values no position: the portfolios that hold one fail.",
        "Fetch them again. Where a symbol was renamed, merged or delisted, end its position with an exit "
        "date and enter what came in its place.",
        "no held symbol has stopped",
        with_prices(_stopped),
        ("riskpanel fetch SYMBOL",),
    ),
    Check(
        "prices-stale",
        PART,
        Severity.WARNING,
        "Prices are stale",
        "held symbols without a price of the newest session, but with one not older than `max_price_age`",
        "positions are valued with their last price, which their snapshots say, and their return of the "
        "session is missing.",
        "Fetch them again, and look into the quarantine: the row may have been refused.",
        "every held symbol has a price of the newest session",
        with_prices(_stale),
        ("riskpanel fetch SYMBOL", "riskpanel quarantine list --symbol SYMBOL"),
    ),
    Check(
        "quarantine",
        PART,
        Severity.WARNING,
        "Rows wait in the quarantine",
        "price rows that were refused and not decided on",
        "a session that was refused is a gap in its symbol's prices until somebody says that it is a price.",
        "Look at each reason: release what is a price after all, drop what is none.",
        "the quarantine is empty",
        _quarantined,
        ("riskpanel quarantine list", "riskpanel quarantine release ID", "riskpanel quarantine drop ID"),
    ),
)
