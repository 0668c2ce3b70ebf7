"""Loops for a compiler: the numpy forms again, to the bit, where numba is there and the work is large.

The loops are plain functions; nothing is imported or compiled until :func:`compiled` is asked for one.
"""

from riskpanel.risk.kernels import loops
from riskpanel.risk.kernels.compiler import Kernel, compiled

__all__ = ["Kernel", "compiled", "loops"]
