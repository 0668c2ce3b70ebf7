"""Checks of price histories within the windows of the policy: gaps, jumps, standstill, too few returns."""

import numpy as np

from riskpanel.nightly.doctor.checks import Affected, Check, Judgement, Severity, Trouble, have, plural
from riskpanel.nightly.doctor.facts import Facts, Prices
from riskpanel.nightly.doctor.symbol_checks import PART, fetch_of, with_prices
from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray
from riskpanel.sources.price_doubts import LARGEST_MOVE, STALE_RUN

_SPLITS = np.log(np.array([2.0, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50, 100]))
_NEAR = 0.08  # log of how far from its ratio a price moves on the session of a split,
_KEPT = 0.25  # and how far from it the levels before and after are
_AROUND = 3  # sessions to where those levels are looked at: a spike comes and goes


def _observations(facts: Facts, prices: Prices) -> dict[str, IntArray]:
    """Count the returns of each symbol (N,) that each market index has one beside, in the window of betas."""
    recent = np.isfinite(prices.returns[-facts.policy.beta_window :])
    column = {symbol: at for at, symbol in enumerate(prices.symbols)}
    return {index: recent[recent[:, column[index]]].sum(axis=0) for index in facts.indexes}


def _broken_index(facts: Facts, prices: Prices, index: str) -> str:
    """Say why there is no beta against an index; empty where there can be."""
    if index not in prices.last:
        return "no price"
    own = prices.returns[-facts.policy.beta_window :, prices.symbols.index(index)]
    known, least = int(np.isfinite(own).sum()), facts.policy.beta_min_observations
    return f"{known} returns, at least {least} are needed" if known < least else ""


def _index_stale(facts: Facts, prices: Prices) -> Judgement:
    stale = [
        index
        for index in sorted(facts.indexes)
        if prices.age(index) and not _broken_index(facts, prices, index)
    ]
    if not stale:
        return None
    told = plural(len(stale), "market index", of=len(facts.indexes))
    affected = [Affected(index, f"last price {prices.last[index]}") for index in stale]
    return Trouble(f"{told} {have(len(stale))} no price of {prices.as_of}", affected, fetch_of(stale))


def _index_missing(facts: Facts, prices: Prices) -> Judgement:
    broken = {index: _broken_index(facts, prices, index) for index in sorted(facts.indexes)}
    lacking = [index for index, why in broken.items() if why]
    if not lacking:
        return None
    told = plural(len(lacking), "market index", of=len(facts.indexes))
    affected = [
        Affected(index, f"{broken[index]}; of {plural(facts.indexes[index], 'portfolio')}")
        for index in lacking
    ]
    return Trouble(f"{told} cannot be measured against", affected, fetch_of(lacking, force=True))


def _index_short(facts: Facts, prices: Prices) -> Judgement:
    window = facts.policy.beta_window
    known = {
        index: int(found[prices.symbols.index(index)])
        for index, found in _observations(facts, prices).items()
    }
    whole = [index for index in sorted(known) if prices.age(index) == 0]  # others are told of by other checks
    short = [i for i in whole if known[i] < window and not _broken_index(facts, prices, i)]
    if not short:
        return None
    told = plural(len(short), "market index", of=len(known))
    affected = [Affected(index, f"{known[index]} of {window} returns") for index in short]
    return Trouble(
        f"{told} {have(len(short))} fewer returns than the window of betas",
        affected,
        fetch_of(short, force=True),
    )


def _few_returns(facts: Facts, prices: Prices) -> Judgement:
    usable = [index for index in facts.indexes if not _broken_index(facts, prices, index)]
    found = _observations(facts, prices)
    if not usable:
        return None
    most = np.max([found[index] for index in usable], axis=0)
    least = facts.policy.beta_min_observations
    few = [
        Affected(prices.symbols[at], f"{most[at]} returns")
        for at in np.flatnonzero(most < least)
        if prices.symbols[at] not in facts.indexes and _is_current(facts, prices, prices.symbols[at])
    ]
    if not few:
        return None
    told = plural(len(few), "held symbol", of=len(facts.held.holders))
    return Trouble(
        f"{told} {have(len(few))} fewer than {least} returns beside their market index",
        few,
        fetch_of((one.name for one in few), force=True),
    )


def _is_current(facts: Facts, prices: Prices, symbol: str) -> bool:
    """Whether a symbol has a price that still values a position; others are told of by other checks."""
    age = prices.age(symbol)
    return age is not None and age <= facts.policy.max_price_age


def _gaps(facts: Facts, prices: Prices) -> Judgement:
    known = np.isfinite(prices.adj_close)
    begun = np.logical_or.accumulate(known, axis=0)
    goes_on = np.logical_or.accumulate(known[::-1], axis=0)[::-1]
    missing = begun & goes_on & ~known
    return _by_session(prices, missing, "gaps", "session")


def _jumps(prices: Prices) -> tuple[BoolArray, BoolArray]:
    """Tell large moves (T, N) from those that look like splits: near a ratio, and between two levels."""
    closes, returns = prices.adj_close, prices.returns
    large: BoolArray = np.abs(returns) > LARGEST_MOVE - _NEAR
    move = np.log1p(returns[large])
    near = np.min(np.abs(np.abs(move)[:, None] - _SPLITS), axis=1) < _NEAR
    before, after = _level(closes, -_AROUND - 1, -1)[large], _level(closes, _AROUND, 0)[large]
    split = np.zeros_like(large)
    split[large] = near & (np.abs(np.log(after / before) - move) < _KEPT)
    return (np.abs(returns) > LARGEST_MOVE) & ~split, split


def _level(closes: FloatArray, far: int, close: int) -> FloatArray:
    """Return the close so many sessions on, or where there is none the one that is nearer by: (T, N)."""
    rows = np.arange(len(closes))
    distant, nearer = (closes[np.clip(rows + by, 0, len(closes) - 1)] for by in (far, close))
    return np.where(np.isfinite(distant), distant, nearer)


def _splits(facts: Facts, prices: Prices) -> Judgement:
    return _by_session(prices, _jumps(prices)[1], "moves like a split", "move")


def _outliers(facts: Facts, prices: Prices) -> Judgement:
    return _by_session(prices, _jumps(prices)[0], "moves beyond a half", "move")


def _by_session(prices: Prices, marked: BoolArray, what: str, noun: str) -> Judgement:
    """Tell of the symbols with marked sessions (T, N), how many and of which day the last."""
    counts = marked.sum(axis=0)
    touched = np.flatnonzero(counts)
    if not len(touched):
        return None
    last = len(marked) - 1 - marked[::-1].argmax(axis=0)
    affected = [
        Affected(
            prices.symbols[at],
            f"{prices.sessions[last[at]]}"
            if counts[at] == 1
            else f"{plural(int(counts[at]), noun)}, last {prices.sessions[last[at]]}",
        )
        for at in touched
    ]
    told = f"{plural(len(touched), 'symbol')} with {what} in the last {plural(len(marked), 'session')}"
    return Trouble(told, affected, fetch_of((one.name for one in affected), force=True))


def _flat(facts: Facts, prices: Prices) -> Judgement:
    recent = prices.returns[-STALE_RUN:]
    still = (
        np.flatnonzero((recent == 0.0).all(axis=0))
        if len(recent) == STALE_RUN
        else np.array([], dtype=np.int64)
    )
    if not len(still):
        return None
    names = [prices.symbols[at] for at in still]
    told = f"{plural(len(names), 'symbol')} with the same price for {STALE_RUN} sessions and more"
    return Trouble(told, [Affected(name) for name in names], fetch_of(names, force=True))


SERIES_CHECKS: tuple[Check[Facts], ...] = (
    Check(
        "index-missing",
        PART,
        Severity.ERROR,
        "No market index to measure against",
        "returns of each market index in the window of betas: fewer than `beta_min_observations`",
        "every beta against it is missing, and with it the stress tests and what is imputed by beta.",
        "Fetch or import its prices, or measure the portfolios against another index that has some.",
        "every market index has history enough",
        with_prices(_index_missing),
        ("riskpanel fetch INDEX", "riskpanel import prices FILE"),
    ),
    Check(
        "index-stale",
        PART,
        Severity.WARNING,
        "The market index is behind",
        "market indexes without a price of the newest session that any symbol has one of",
        "betas rest on older returns, tracking error and what is imputed by beta lack the session; a "
        "scheduler waits for the index that most portfolios use, and gives the session up without it.",
        "Fetch it again, and look into the quarantine: the row may have been refused.",
        "every market index has a price of the newest session",
        with_prices(_index_stale),
        ("riskpanel fetch INDEX", "riskpanel quarantine list --symbol INDEX"),
    ),
    Check(
        "index-short",
        PART,
        Severity.WARNING,
        "Short history of the market index",
        "returns of each market index in the window of betas (`beta_window`)",
        "betas rest on fewer returns than the window has, and their intervals are wider.",
        "Fetch or import older prices of the index.",
        "the market indexes fill the window of betas",
        with_prices(_index_short),
        ("riskpanel fetch INDEX --force",),
    ),
    Check(
        "few-returns",
        PART,
        Severity.WARNING,
        "Too few returns for a beta",
        "held symbols with fewer returns in the window of betas, on sessions on which their market index "
        "has one, than `beta_min_observations`",
        "they have no beta: the coverage of their portfolios is lower, and snapshots list them.",
        "Fetch older prices. A symbol that was listed lately needs nothing but time.",
        "every held symbol has returns enough for a beta",
        with_prices(_few_returns),
        ("riskpanel fetch SYMBOL --force",),
    ),
    Check(
        "gaps",
        PART,
        Severity.WARNING,
        "Gaps in prices",
        "sessions without a price between the first and the last of a held symbol or market index, as far "
        "back as any number looks",
        "a gap costs two returns; a return is never carried or bridged.",
        "Fetch the symbols again, and look into the quarantine: the rows may have been refused. A trading "
        "halt is a gap for good.",
        "no price is missing within the histories",
        with_prices(_gaps),
        ("riskpanel fetch SYMBOL --force", "riskpanel quarantine list --symbol SYMBOL"),
    ),
    Check(
        "splits",
        PART,
        Severity.WARNING,
        "Moves that look like unadjusted splits",
        "adjusted closes that moved by about 2, 3, 4 ... to 1, or the other way, and stayed there",
        "if it was a split and no loss, volatility, beta and drawdown are wrong by far.",
        "Compare with the news. Fetch the whole history again, or import adjusted closes.",
        "no price moves like an unadjusted split",
        with_prices(_splits),
        ("riskpanel fetch SYMBOL --force",),
    ),
    Check(
        "outliers",
        PART,
        Severity.WARNING,
        "Very large moves",
        "adjusted closes that moved by more than half from one session to the next, and not like a split",
        "one wrong price makes two wrong returns, which rule every number that they are in.",
        "Compare with another source. Fetch the whole history again, or import the right price over the "
        "wrong one.",
        "no price moves by more than half in a session",
        with_prices(_outliers),
        ("riskpanel fetch SYMBOL --force", "riskpanel import prices FILE"),
    ),
    Check(
        "prices-flat",
        PART,
        Severity.NOTE,
        "Prices stand still",
        "held symbols and market indexes whose adjusted close has not changed for 10 sessions",
        "a volatility and a beta near 0 may be those of a feed that has stopped. Of a money market fund it "
        "is right.",
        "Look at the symbol at another source.",
        "every price moves",
        with_prices(_flat),
        ("riskpanel fetch SYMBOL --force",),
    ),
)
