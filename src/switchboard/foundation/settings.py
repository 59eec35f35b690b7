"""Settings: one frozen object, read once from the environment or a `.env`."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from switchboard.foundation.errors import Invalid

PREFIX = "SWITCHBOARD_"
NOT_OVERHEARD = r"^(https://|http://(127\.0\.0\.1|localhost|\[::1\])([:/]|$))\S*$"
MACHINE = r"[^\s,=]+=[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def _default_data_dir() -> Path:
    return Path("/var/lib/switchboard") if os.geteuid() == 0 else Path.home() / ".local/share/switchboard"


def _flag(about: str, name: str) -> bool:
    """A switch that is also read without the prefix; the prefixed name wins."""
    return Field(default=False, description=about, validation_alias=AliasChoices(PREFIX + name, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseSettings:
    """Where the orders of one workspace live, when that is a warehouse: address, names, and how long it may take."""

    url: SecretStr
    lines: str
    columns: str
    workspace: str
    timeout_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthSettings:
    """The provider whose access tokens are good at the MCP servers: see the settings that begin with `oauth_`."""

    issuer: str
    keys_url: str | None
    audience: str
    machines: Mapping[str, str]


class Settings(BaseSettings):
    """Each field is read from `SWITCHBOARD_<FIELD>`; flags and the secret key also without the prefix."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    data_dir: Path = Field(default_factory=_default_data_dir, description="where everything we keep is kept")
    database_url: str | None = Field(default=None, description="a PostgreSQL 18 of your own; else one is started")
    database_replica_url: str | None = Field(
        default=None, description="a streaming replica of it, for reads that may be some seconds old, with its user"
    )
    public_url: str = Field(default="http://127.0.0.1:8000", description="the address people and clients use")
    assets_url: str | None = Field(
        default=None, pattern=r"^https?://[\w.\-:\[\]]+(/[\w.\-/]*)?$",
        description="where browsers fetch what the console's pages load, below /assets; else from public_url",
    )  # fmt: skip
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
    oidc_issuer: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        description="an identity provider people may sign in by (OpenID Connect)",
    )
    oidc_client_id: str = Field(default="", description="what Switchboard is called there")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="its secret there")
    oidc_name: str = Field(default="single sign-on", max_length=40, description="what the button calls the provider")
    oauth_issuer: str | None = Field(
        default=None, pattern=NOT_OVERHEARD,
        description="an OpenID provider whose access tokens are good at the MCP servers (OAuth 2.1)",
    )  # fmt: skip
    oauth_audience: str = Field(
        default="", description="what its tokens for us call us in `aud`, where that is not PUBLIC_URL with /mcp"
    )
    oauth_keys_url: str | None = Field(
        default=None, pattern=NOT_OVERHEARD, description="where its public keys are, when on another host than itself"
    )
    oauth_machines: str = Field(
        default="", pattern=rf"^$|^{MACHINE}(\s*,\s*{MACHINE})*$",
        description="the API keys its machines act as: THEIR_CLIENT_ID=ID_OF_OUR_KEY, …",
    )  # fmt: skip
    mcp_hosts: str = Field(
        default="", pattern=r"^$|^[\w.\-:\[\]]+(\s*,\s*[\w.\-:\[\]]+)*$",
        description="other names the MCP servers are reached by, with a port that is not the usual one: a.example, …",
    )  # fmt: skip
    mcp_origins: str = Field(
        default="", pattern=r"^$|^https?://[\w.\-:\[\]]+(\s*,\s*https?://[\w.\-:\[\]]+)*$",
        description="pages elsewhere that may call the MCP servers: https://app.example, …",
    )  # fmt: skip
    warehouse_url: SecretStr | None = Field(
        default=None, description="where orders live already: postgresql://, clickhouse://, spark:// or sc://"
    )
    warehouse_lines: str = Field(default="switchboard_lines", description="the table or view of order lines there")
    warehouse_columns: str = Field(default="", description="its columns where they have other names: OUR=THEIRS, …")
    warehouse_workspace: str = Field(default="main", description="name or id of the workspace whose orders they are")
    warehouse_timeout_s: int = Field(default=1_800, ge=10, le=86_400, description="how long a query there may take")
    mcp_enabled: bool = _flag("the MCP servers as a whole", "MCP_ENABLED")
    mcp_customer_data_enabled: bool = _flag("the customer data server", "MCP_CUSTOMER_DATA_ENABLED")
    mcp_campaign_analytics_enabled: bool = _flag("the campaign analytics server", "MCP_CAMPAIGN_ANALYTICS_ENABLED")
    mcp_leadpulse_enabled: bool = _flag("the LeadPulse server", "MCP_LEADPULSE_ENABLED")
    mcp_external_services_enabled: bool = _flag("the external services server", "MCP_EXTERNAL_SERVICES_ENABLED")
    mcp_monitoring_enabled: bool = _flag("the monitoring server", "MCP_MONITORING_ENABLED")

    @property
    def switched_on(self) -> frozenset[str]:
        """The switches that are on unless the stored one says otherwise, by the names of their fields."""
        return frozenset(name for name in type(self).model_fields if getattr(self, name) is True)

    @property
    def oauth(self) -> OAuthSettings | None:
        """The provider of access tokens; None where there is none."""
        if self.oauth_issuer is None:
            return None
        pairs = (each.partition("=") for each in listed(self.oauth_machines))
        return OAuthSettings(
            issuer=self.oauth_issuer, keys_url=self.oauth_keys_url, audience=self.oauth_audience,
            machines={theirs: ours for theirs, _, ours in pairs},
        )  # fmt: skip

    @property
    def warehouse(self) -> WarehouseSettings | None:
        """What there is to know of the warehouse; None where there is none."""
        if self.warehouse_url is None:
            return None
        return WarehouseSettings(
            url=self.warehouse_url, lines=self.warehouse_lines, columns=self.warehouse_columns,
            workspace=self.warehouse_workspace, timeout_s=self.warehouse_timeout_s,
        )  # fmt: skip


def listed(words: str) -> tuple[str, ...]:
    """What stands between the commas."""
    return tuple(each for each in re.split(r"\s*,\s*", words.strip()) if each)


def read_settings() -> Settings:
    """The settings of this process; raise Invalid naming the variable that can not be used."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0])
        variable = name if name.isupper() else PREFIX + name.upper()
        raise Invalid(f"{variable}: {first['msg']}; see `switchboard doctor`", field=variable) from None
