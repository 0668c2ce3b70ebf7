"""Accounts: passwords, one-time links, signed-in browsers and tokens; for the API and for commands."""
