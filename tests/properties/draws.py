"""Random returns and books for the properties, the same on every run."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

modest = settings(derandomize=True, max_examples=40, deadline=None, database=None)
few = settings(modest, max_examples=12)
seeds = st.integers(0, 2**32 - 1)
factors = st.floats(1e-3, 1e3).flatmap(lambda size: st.sampled_from([size, -size]))
missing_shares = st.sampled_from([0.0, 0.05, 0.3, 0.7])


def draw(seed, *, rows=300, columns=5, missing=0.0):
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, rows)
    returns = market[:, None] * rng.normal(1, 0.5, columns) + rng.standard_t(4, (rows, columns)) * 0.01
    returns[rng.random(returns.shape) < missing] = np.nan
    return returns, market


def draw_book(seed, *, portfolios=6, names=9):
    rng = np.random.default_rng(seed)
    weights = rng.normal(0.1, 0.4, (portfolios, names))
    weights[rng.random(weights.shape) < 0.3] = 0.0
    weights[:, 0] = 0.2
    return weights
