"""The nouns of portfolio risk, and their pure assembly: panel + holdings + policy -> snapshots."""
