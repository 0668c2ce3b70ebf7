"""The command line: Typer commands, Rich output. The only reader of the clock."""
