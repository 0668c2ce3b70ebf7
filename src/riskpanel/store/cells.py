"""Arrays into the cells of rows: words for codes, rounded money, columns turned into rows."""

from collections.abc import Mapping, Sequence

import numpy as np

from riskpanel.risk import Direction, Method, Reason
from riskpanel.risk.arrays import CodeArray, FloatArray

_ROUNDING = 4  # digits of money in the tables


def labels(kind: type[Reason] | type[Method] | type[Direction], codes: CodeArray) -> list[str | None]:
    """Give the word of each code."""
    label = {member.value: member.label for member in kind}
    numbers: list[int] = codes.tolist()
    return [label[number] for number in numbers]


def money(values: FloatArray) -> list[float]:
    """Round to the digits that money has in the tables."""
    rounded: list[float] = (np.round(values, _ROUNDING) + 0.0).tolist()  # + 0.0 turns -0.0 into 0.0
    return rounded


def rows_of(columns: Mapping[str, Sequence[object]], **constants: object) -> list[dict[str, object]]:
    """Turn columns of one length into rows that also hold the constants."""
    return [
        constants | dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
