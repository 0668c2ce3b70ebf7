"""Settings from the environment (``RISKPANEL_*``) and ``.env``; read at the edge only."""

from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from riskpanel.book.policy import RiskPolicy
from riskpanel.errors import InputError


def default_database_url() -> str:
    """SQLite file in the platform's data directory."""
    return f"sqlite:///{user_data_path('riskpanel', appauthor=False) / 'riskpanel.sqlite3'}"


class Settings(BaseSettings):
    """Everything that a user can configure."""

    model_config = SettingsConfigDict(
        env_prefix="RISKPANEL_", env_nested_delimiter="__", env_file=".env", extra="ignore", frozen=True
    )

    database_url: str = Field(
        default_factory=default_database_url, description="SQLAlchemy URL of the database"
    )
    policy: RiskPolicy = Field(default_factory=RiskPolicy, description="constants of the calculations")
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="json lines, text for people, or auto: text on a terminal"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="error", description="least severity that commands log; the server logs from info on"
    )
    fmp_api_key: SecretStr | None = Field(
        default=None, validation_alias="FMP_API_KEY", description="key of the FMP source"
    )


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings.

    Raises
    ------
    InputError
        Naming each variable that cannot be used.
    """
    try:
        return Settings(_env_file=env_file)  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        details = tuple(f"{_variable(fault['loc'])}: {fault['msg']}" for fault in error.errors())
        raise InputError(
            f"setting cannot be used: {details[0]}",
            hint="correct the variable in the environment or in .env, or remove it",
            details=details[1:],
        ) from None


def _variable(location: tuple[int | str, ...]) -> str:
    parts = [str(part).upper() for part in location]
    return parts[0] if parts[:1] == ["FMP_API_KEY"] else "RISKPANEL_" + "__".join(parts)
