"""Real price files for the golden values."""

from shared_files import shared_data

__all__ = ["shared_data"]
