"""riskpanel: daily portfolio risk snapshots that can be defended.

``riskpanel.risk`` holds the formulas as pure functions for use in a notebook; everything else is the
system around them.
"""

from riskpanel import risk
from riskpanel.version import __version__

__all__ = ["__version__", "risk"]
