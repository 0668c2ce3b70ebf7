"""``python -m riskpanel`` is the ``riskpanel`` command."""

from riskpanel.cli.app import main

main()
