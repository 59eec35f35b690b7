"""Settings: one frozen object, read once from the environment or a `.env`."""

import os
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from switchboard.foundation.errors import Invalid

PREFIX = "SWITCHBOARD_"


def _default_data_dir() -> Path:
    return Path("/var/lib/switchboard") if os.geteuid() == 0 else Path.home() / ".local/share/switchboard"


def _flag(about: str, name: str) -> bool:
    """A switch that is also read without the prefix; the prefixed name wins."""
    return Field(default=False, description=about, validation_alias=AliasChoices(PREFIX + name, name))


class Settings(BaseSettings):
    """Each field is read from `SWITCHBOARD_<FIELD>`; flags and the secret key also without the prefix."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    data_dir: Path = Field(default_factory=_default_data_dir, description="where everything we keep is kept")
    database_url: str | None = Field(default=None, description="a PostgreSQL 18 of your own; else one is started")
    public_url: str = Field(default="http://127.0.0.1:8000", description="the address people and clients use")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="how much is logged")
    pool_size: int = Field(
        default=8,
        ge=1,
        le=100,
        description="connections of a process to the database, and two beside; a worker opens more for its jobs",
    )
    api_key: SecretStr | None = Field(
        default=None, description="whose key the command line and MCP over stdio use; without it the local operator"
    )
    secret_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="the first key that signs access tokens, 32 bytes or more; else one is made",
        validation_alias=AliasChoices(PREFIX + "SECRET_KEY", "SECRET_KEY"),
    )
    mcp_enabled: bool = _flag("the MCP servers as a whole", "MCP_ENABLED")
    mcp_customer_data_enabled: bool = _flag("the customer data server", "MCP_CUSTOMER_DATA_ENABLED")
    mcp_campaign_analytics_enabled: bool = _flag("the campaign analytics server", "MCP_CAMPAIGN_ANALYTICS_ENABLED")
    mcp_leadpulse_enabled: bool = _flag("the LeadPulse server", "MCP_LEADPULSE_ENABLED")
    mcp_external_services_enabled: bool = _flag("the external services server", "MCP_EXTERNAL_SERVICES_ENABLED")
    mcp_monitoring_enabled: bool = _flag("the monitoring server", "MCP_MONITORING_ENABLED")


def read_settings() -> Settings:
    """The settings of this process; raise Invalid naming the variable that can not be used."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0])
        variable = name if name.isupper() else PREFIX + name.upper()
        raise Invalid(f"{variable}: {first['msg']}; see `switchboard doctor`", field=variable) from None
