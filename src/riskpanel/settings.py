"""Settings from the environment (``RISKPANEL_*``) and ``.env``; read at the edge only."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from riskpanel.book.policy import RiskPolicy
from riskpanel.errors import InputError

SourceName = Literal["files", "fmp", "yfinance"]


def default_database_url() -> str:
    """SQLite file in the platform's data directory."""
    return f"sqlite:///{user_data_path('riskpanel', appauthor=False) / 'riskpanel.sqlite3'}"


_UNKNOWN = "extra_forbidden"  # what pydantic calls it
_PREFIX = "RISKPANEL_"
_NEAR = 0.85  # of 1: how alike two names are for one to be a misspelling of the other
_ALIASES = dict.fromkeys(("DATABASE", "DB", "DB_URL"), "RISKPANEL_DATABASE_URL")
_OTHERS = re.compile(r"_(SERVICE|PORT|HOST|USER|NAME)(_|$)")  # parts of an address, which others set


class Settings(BaseSettings):
    """Everything that a user can configure."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", env_file=".env", extra="ignore", frozen=True
    )

    database_url: str = Field(
        default_factory=default_database_url, description="SQLAlchemy URL of the database"
    )
    policy: RiskPolicy = Field(default_factory=RiskPolicy, description="constants of the calculations")
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="json lines, text for people, or auto: text on a terminal"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="error", description="least severity that commands log; server and scheduler log from info on"
    )
    postgres_tools: Path | None = Field(
        default=None,
        description="folder of pg_dump and pg_restore; by default those on the path",
    )
    fmp_api_key: SecretStr | None = Field(
        default=None, validation_alias="FMP_API_KEY", description="key of the FMP source"
    )
    sources: Annotated[tuple[SourceName, ...] | None, NoDecode] = Field(
        default=None,
        description="sources of market data in the order in which they are asked, as in fmp,yfinance; by"
        " default files where a folder is set, fmp where there is a key, then yfinance",
    )
    source_folder: Path | None = Field(
        default=None, description="folder of price files, and of instruments.csv, for the source files"
    )
    fmp_url: str = Field(
        default="https://financialmodelingprep.com/stable/", description="address of the FMP source"
    )
    fmp_per_minute: int = Field(
        default=264, ge=1, le=3_000, description="most requests a minute to FMP; its plans allow 300 to 3,000"
    )
    yfinance_per_second: int = Field(default=2, ge=1, le=10, description="most requests a second to yfinance")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Look at the names that were read, too."""
        read = (env_settings, dotenv_settings)
        _refuse_misspelled(
            name for one in read if isinstance(one, EnvSettingsSource) for name in one.env_vars
        )
        return init_settings, env_settings, dotenv_settings, file_secret_settings

    @field_validator("sources", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        """Take names parted by commas."""
        if not isinstance(given, str):
            return given
        return tuple(name.strip().lower() for name in given.split(",") if name.strip()) or None

    @field_validator("fmp_api_key", mode="before")
    @classmethod
    def _given(cls, key: object) -> object:
        """Take an empty key, as in a template that was filled in half, for none."""
        return None if isinstance(key, str) and not key.strip() else key

    @property
    def source_names(self) -> tuple[SourceName, ...]:
        """The sources to ask, in order."""
        if self.sources is not None:
            return self.sources
        files: tuple[SourceName, ...] = () if self.source_folder is None else ("files",)
        fmp: tuple[SourceName, ...] = () if self.fmp_api_key is None else ("fmp",)
        return (*files, *fmp, "yfinance")


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings.

    Raises
    ------
    InputError
        Naming each variable that cannot be used or is misspelled, or a file that is no text.
    """
    try:
        return Settings(_env_file=env_file)  # pyright: ignore[reportCallIssue]
    except UnicodeDecodeError:
        raise InputError(f"cannot be read as UTF-8: {env_file}", hint="save it as UTF-8") from None
    except ValidationError as error:
        faults = error.errors()
        unknown = [str(fault["loc"][-1]).lower() for fault in faults if fault["type"] == _UNKNOWN]
        details = tuple(
            f"{_variable(fault['loc'])}: {_reason(fault['type'], fault['msg'], fault['input'])}"
            for fault in faults
        )
        raise InputError(
            f"setting cannot be used: {details[0]}",
            hint=f"{_meant(unknown)}correct the variable in the environment or in .env, or remove it",
            details=details[1:],
        ) from None
    except SettingsError:
        raise InputError(
            "setting cannot be used: RISKPANEL_POLICY: not a JSON document",
            hint="set each constant by itself, as in RISKPANEL_POLICY__BETA_WINDOW=90",
        ) from None


class _Completion(BaseSettings):
    """What a shell sets when it asks for completion."""

    instruction: str = Field(default="", validation_alias="_RISKPANEL_COMPLETE")


def completing_shell() -> str:
    """Name the shell that asks for completion, as in bash; empty where none does."""
    return _Completion().instruction.partition("_")[2]


def _refuse_misspelled(given: Iterable[str]) -> None:
    """Refuse variables that are nearly settings: ignored, they would leave another database in its place.

    Others with the prefix are let be: they are somebody else's, as those that Kubernetes sets for a service.
    """
    settings = {_variable((name,)) for name in Settings.model_fields}
    meant = {name.removeprefix(_PREFIX): name for name in settings} | _ALIASES
    for name in RiskPolicy.model_fields:
        variable = _variable(("policy", name))
        settings.add(variable)
        meant |= dict.fromkeys((short := name.upper(), f"POLICY_{short}", f"POLICY__{short}"), variable)
    faults: dict[str, str] = {}
    for name in sorted(one.upper() for one in given):
        short = name.removeprefix(_PREFIX)
        if short == name or name in settings or short.startswith("POLICY__") or _OTHERS.search(short):
            continue
        for near in get_close_matches(short, meant, n=1, cutoff=_NEAR):
            faults[name] = meant[near]
    if faults:
        details = [f"{name}: no such setting" for name in faults]
        raise InputError(
            f"setting cannot be used: {details[0]}",
            hint=f"did you mean {' and '.join(dict.fromkeys(faults.values()))}? else remove it",
            details=tuple(details[1:]),
        )


def _reason(kind: str, said: str, given: object) -> str:
    """Say in the house's words what is wrong with a value."""
    if kind == _UNKNOWN:
        return "no such setting"
    if kind in {"int_parsing", "int_from_float"}:
        return f"not a whole number: {given}"
    if kind in {"float_parsing", "finite_number"}:
        return f"not a number: {given}"
    if kind == "literal_error":
        return f"not {said.removeprefix('Input should be ')}: {given}"
    return said.removeprefix("Value error, ").replace("Input should be", "must be")


def _meant(unknown: Sequence[str]) -> str:
    """Ask for the constants that may have been meant by those that there are not, or name all."""
    if not unknown:
        return ""
    near = {one for name in unknown for one in get_close_matches(name, list(RiskPolicy.model_fields), n=1)}
    if not near:
        return f"known after {_PREFIX}POLICY__: {', '.join(map(str.upper, RiskPolicy.model_fields))}; "
    return f"did you mean {' or '.join(sorted(_variable(('policy', one)) for one in near))}? else "


def _variable(location: tuple[int | str, ...]) -> str:
    """Name the variable of a field; of a list it is one, whichever of its entries is meant."""
    parts = [part.upper() for part in location if isinstance(part, str)]
    return parts[0] if parts[:1] == ["FMP_API_KEY"] else _PREFIX + "__".join(parts)
