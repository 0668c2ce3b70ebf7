"""The version of riskpanel, stored with every run."""

__version__ = "0.1.0"
