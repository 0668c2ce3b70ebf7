"""Arrays into the cells of columns: words for codes, rounded money."""

import numpy as np

from riskpanel.risk import Direction, Method, Reason
from riskpanel.risk.arrays import CodeArray, FloatArray

_ROUNDING = 4  # digits of money in the tables


def labels(kind: type[Reason] | type[Method] | type[Direction], codes: CodeArray) -> list[str | None]:
    """Give the word of each code."""
    label = {member.value: member.label for member in kind}
    numbers: list[int] = codes.tolist()
    return [label[number] for number in numbers]


def money(values: FloatArray) -> FloatArray:
    """Round to the digits that money has in the tables."""
    return np.round(values, _ROUNDING) + 0.0  # which turns -0.0 into 0.0
