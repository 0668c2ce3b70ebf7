"""The troubleshooting guide: every check of the registry as a section of a page."""

from itertools import groupby

from riskpanel.nightly.doctor.registry import ALL_CHECKS, AnyCheck

_HEAD = """# Troubleshooting

    riskpanel doctor

looks for all that is on this page, in one pass, and changes nothing. Each finding names what it is about
and the command that mends it; its section below has the same words and is found by the name at its right.
The page is written from the checks themselves (`make troubleshooting`).

| option | meaning |
|---|---|
| `--online` | also ask each source of market data for a week of prices; without it no network is used |
| `--strict` | exit with 1 on warnings too |
| `-v`, `--verbose` | also list what is fine, what could not be examined, and the size of each table |
| `--json` | one document: findings with everything that they affect, what is fine, sizes |

| severity | meaning | exit code |
|---|---|---|
| error | numbers are missing or wrong now | 1 |
| warning | numbers rest on less than they should, or will be missing soon | 0, with `--strict` 1 |
| note | worth knowing; nothing may have to be done | 0 |

Where the database cannot be used at all, because it is not there, not reached or of another schema, the
exit code is 3, and that is the only finding. Prices are judged up to the newest session that any symbol has
one of, for what is held on it and the market indexes, as far back as the policy looks.
"""


def write_guide() -> str:
    """Return the page, as Markdown."""
    parts = [_HEAD, _overview()]
    for part, checks in groupby(ALL_CHECKS, key=lambda check: check.part):
        parts += [f"\n## {part}\n", *(_section(check) for check in checks)]
    return "".join(parts)


def _overview() -> str:
    rows = (f"| [`{check.id}`](#{check.id}) | {check.severity} | {check.title} |\n" for check in ALL_CHECKS)
    return f"\n| check | severity | |\n|---|---|---|\n{''.join(rows)}"


def _section(check: AnyCheck) -> str:
    commands = "".join(f"{command}\n" for command in check.commands)
    return (
        f"\n### {check.id}\n\n"
        f"**{check.title}** ({check.severity}).\n\n"
        f"- **Looks at**: {check.looks_at}.\n"
        f"- **Why it matters**: {check.matters}\n"
        f"- **What to do**: {check.remedy}\n"
        f"{_block(commands)}"
    )


def _block(text: str) -> str:
    return f"\n```sh\n{text}```\n" if text else ""
