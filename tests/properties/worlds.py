"""Everything that a function of riskpanel.risk can be given, drawn together and changed together."""

from dataclasses import dataclass, replace

import numpy as np

from properties.draws import draw
from riskpanel.risk import Bars

ROWS, NAMES, BOOKS, SCENARIOS = 400, 6, 4, 3
IN_UNIVERSE = 4  # columns 0 to 3; the others are estimated too, and must move nothing
OVER_TIME = ("returns", "variances")
BY_NAME = ("loadings", "errors", "counts", "codes", "universe")
PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True)
class World:
    """T sessions of N instruments in two ways, what is known of each instrument, and P books of them."""

    returns: np.ndarray  # (T, N)
    variances: np.ndarray  # (T, N)
    bars: Bars  # (T, N)
    market: np.ndarray  # (T,)
    loadings: np.ndarray  # (N,)
    errors: np.ndarray  # (N,)
    counts: np.ndarray  # (N,) int
    codes: np.ndarray  # (N,) int
    universe: np.ndarray  # (N,) bool
    replayed: np.ndarray  # (S, N)
    weights: np.ndarray  # (P, N)

    shocks = np.array([-0.1, 0.05, 0.2])

    @property
    def names(self):
        return len(self.loadings)

    def columns(self, picks):
        """The same world with the given instruments in the given order, an instrument possibly twice."""
        picks = list(picks)
        return replace(
            self,
            **{name: np.ascontiguousarray(getattr(self, name)[:, picks]) for name in OVER_TIME},
            **{name: getattr(self, name)[picks] for name in BY_NAME},
            bars=each_price(self.bars, lambda price: np.ascontiguousarray(price[:, picks])),
            replayed=self.replayed[:, picks],
            weights=self.weights[:, picks],
        )

    def with_another(self, pick):
        """One instrument more, equal to ``pick``, not in the universe and in nobody's book."""
        wider = self.columns([*range(self.names), pick])
        universe, weights = wider.universe.copy(), wider.weights.copy()
        universe[-1], weights[:, -1] = False, 0.0
        return replace(wider, universe=universe, weights=weights)

    def series(self, pick):
        """One instrument as plain series."""
        one = self.columns([pick])
        return replace(
            one,
            **{name: getattr(one, name)[:, 0] for name in OVER_TIME},
            bars=each_price(one.bars, lambda price: price[:, 0]),
            loadings=one.loadings[0],
            errors=one.errors[0],
            counts=one.counts[0],
        )

    def book(self, row):
        """One portfolio as a plain vector of weights."""
        return replace(self, weights=self.weights[row])

    def sessions(self, change):
        """Every table over time changed by ``change``."""
        return replace(
            self,
            **{name: change(getattr(self, name)) for name in (*OVER_TIME, "market")},
            bars=each_price(self.bars, change),
        )

    def after(self, older):
        """The same sessions with those of another world before them."""
        prices = (np.r_[getattr(older.bars, name), getattr(self.bars, name)] for name in PRICES)
        tables = {name: np.r_[getattr(older, name), getattr(self, name)] for name in (*OVER_TIME, "market")}
        return replace(self, **tables, bars=Bars(*prices))

    def without(self, pick):
        """The same world in which nothing is known of the given instruments."""

        def unknown(table):
            table = table.astype(float)
            table[..., pick] = np.nan
            return table

        counts = self.counts.copy()
        counts[pick] = 0
        return replace(
            self,
            **{name: unknown(getattr(self, name)) for name in (*OVER_TIME, "loadings", "errors", "replayed")},
            bars=each_price(self.bars, unknown),
            counts=counts,
        )

    def still(self, pick, constant):
        """The same world in which an instrument has one return for ever, and one price."""

        def held(table, value):
            table = table.copy()
            table[:, pick] = value
            return table

        return replace(
            self,
            returns=held(self.returns, constant),
            variances=held(self.variances, constant**2),
            bars=each_price(self.bars, lambda price: held(price, 7.3)),
        )

    def scaled(self, factor):
        """Instruments that move ``factor`` times as much, in returns and (by its size) in log prices."""
        return replace(
            self,
            returns=factor * self.returns,
            variances=factor**2 * self.variances,
            bars=each_price(self.bars, lambda price: price ** abs(factor)),
            loadings=factor * self.loadings,
            errors=abs(factor) * self.errors,
            replayed=factor * self.replayed,
        )


def each_price(bars, change):
    return Bars(*(change(getattr(bars, name)) for name in PRICES))


def draw_world(seed, *, rows=ROWS, missing=0.0):
    """A world with holes: single prices, single returns, sessions of the market, all drawn apart."""
    rng = np.random.default_rng([seed, rows])
    returns, market = draw(seed, rows=rows, columns=NAMES)
    weights = rng.normal(0.1, 0.4, (BOOKS, NAMES))
    weights[rng.random(weights.shape) < 0.3] = 0.0
    weights[:, 0] = 0.2
    world = World(
        returns=returns,
        variances=np.square(returns) * rng.gamma(4, 1 / 4, returns.shape) + 1e-6,
        bars=draw_bars(rng, rows),
        market=market,
        loadings=rng.normal(1, 0.5, NAMES),
        errors=rng.uniform(0.05, 0.3, NAMES),
        counts=rng.integers(30, 90, NAMES),
        codes=rng.integers(0, 4, NAMES),
        universe=np.arange(NAMES) < IN_UNIVERSE,
        replayed=np.where(
            rng.random((SCENARIOS, NAMES)) < missing, np.nan, rng.normal(0, 2e-5, (SCENARIOS, NAMES))
        ),
        weights=weights,
    )
    return world.sessions(lambda table: np.where(rng.random(table.shape) < missing, np.nan, table))


def draw_bars(rng, rows):
    closes = np.cumsum(rng.normal(0, 0.01, (rows, NAMES)), axis=0)
    opens = closes - rng.normal(0, 0.008, closes.shape)
    high = np.maximum(opens, closes) + rng.exponential(0.004, closes.shape)
    low = np.minimum(opens, closes) - rng.exponential(0.004, closes.shape)
    return Bars(*(np.exp(log) for log in (opens, high, low, closes)))
