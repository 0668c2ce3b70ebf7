"""Real price files for the golden values of single functions."""

from shared_files import shared_data

__all__ = ["shared_data"]
