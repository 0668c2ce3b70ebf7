"""Real price files for the evidence."""

from shared_files import shared_data

__all__ = ["shared_data"]
