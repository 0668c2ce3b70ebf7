"""Debian's chromium, as every test here starts it."""

import shutil

from playwright.sync_api import Browser, Playwright

# As root Chromium has no sandbox; the rest keeps it from asking the network for anything.
ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch(playwright: Playwright) -> Browser:
    """Start a browser."""
    return playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
