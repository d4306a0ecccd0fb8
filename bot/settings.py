"""Settings: the environment and `.env` read into one frozen object, every problem named at once and no value shown.

Their names are a promise, as `.env.example` has them. Knows nothing of what the settings do.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from bot.domain.rules import Rules
from bot.problems import Problem
from bot.setting_forms import (
    AMOUNTS,
    CHANNEL,
    COUNT,
    DURATIONS,
    Amounts,
    Approvers,
    Channels,
    Count,
    Country,
    DatabaseUrl,
    Duration,
    HttpUrl,
    ListensOn,
    like,
    passwords_in,
)
from bot.setting_sources import UnreadableFile, passed_over, what_is_set, wrong_proxies

DEFAULTS = Rules()
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class WrongSettings(Problem):
    """One plain line per problem: the setting's name and what was expected, never its value."""


class DatabaseSettings(BaseModel):
    """What the commands that only need the database read."""

    model_config = ConfigDict(
        defer_build=True,  # a command reads one kind alone
        frozen=True,
        validate_default=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        arbitrary_types_allowed=True,
    )

    database_url: DatabaseUrl = Field(
        SecretStr("sqlite:///buynumber.db"),
        description="a database's address: sqlite:///FILE or postgresql://user:password@host/db "
        "(in a password, @ is written %40 and / %2F)",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _is_text(cls, written: object) -> object:
        if isinstance(written, str) and _NO_TEXT.search(written):
            raise ValueError("no text")
        return written

    @property
    def database_secrets(self) -> tuple[SecretStr, ...]:
        """The address, and the passwords in it, as they are written there and as they are meant."""
        return (self.database_url, *passwords_in(self.database_url.get_secret_value()))


class OperatorSettings(DatabaseSettings):
    """What an operator's commands need beside the database: how long a request waits when its votes are void, and what
    is said of the month.
    """

    request_expires_after: Duration = Field(
        DEFAULTS.request_expires_after,
        ge=timedelta(seconds=1),
        le=timedelta(days=365),
        description=f"{DURATIONS}, at most 365d",
    )
    remind_after: Duration | None = Field(DEFAULTS.remind_after, description=f"{DURATIONS}, or 0 for none")
    monthly_budget: Amounts | None = Field(None, description=AMOUNTS)
    time_zone: str = Field("UTC", description="a time zone's name, as in Asia/Kolkata")

    @property
    def rules(self) -> Rules:
        """What the settings say of who may do what, when, and for how much."""
        return Rules(
            request_expires_after=self.request_expires_after,
            remind_after=self.remind_after,
            monthly_budget=self.monthly_budget,
            time_zone=ZoneInfo(self.time_zone),
        )

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("zone") from None
        return zone

    @field_validator("remind_after", mode="before")
    @classmethod
    def _zero_is_never(cls, written: object) -> object:
        return None if isinstance(written, str) and re.fullmatch(r"\s*0[smhd]?\s*", written) else written


class Settings(OperatorSettings):
    """Every setting. Durations are `timedelta`, amounts `Money` by currency; `None` where nothing is set."""

    slack_bot_token: Annotated[SecretStr, like(r"xoxb-[!-~]+")] = Field(description="the bot's token, xoxb-…")
    slack_app_token: Annotated[SecretStr, like(r"xapp-[!-~]+")] | None = Field(
        None, description="the app-level token for Socket Mode, xapp-…"
    )
    slack_signing_secret: Annotated[SecretStr, like(r"[!-~]+")] | None = Field(
        None, description="the app's signing secret, needed without SLACK_APP_TOKEN"
    )
    slack_api_url: HttpUrl = Field("https://slack.com/api/", description="a base URL, https://…")

    vobiz_auth_id: str = Field(pattern=r"^[A-Za-z0-9_-]+$", description="the account's id, MA_… or SA_…")
    vobiz_auth_token: Annotated[SecretStr, like(r"[!-~]+")] = Field(description="the account's token")
    vobiz_base_url: HttpUrl = Field("https://api.vobiz.ai/api", description="a base URL, https://…")
    vobiz_timeout: Duration = Field(
        DEFAULTS.vobiz_timeout, ge=timedelta(seconds=1), le=timedelta(minutes=5), description="a duration from 1s to 5m"
    )

    approvers: Approvers = Field(description="comma-separated ids of users (U…, W…) and user groups (S…), at least one")
    approval_channel: str | None = Field(None, pattern=f"^{CHANNEL}$", description="a channel id, C…")
    allowed_channels: Channels = Field(None, description="comma-separated channel ids, C…")
    allow_self_approval: bool = Field(default=False, description="true or false")
    second_approval_above: Amounts | None = Field(None, description=AMOUNTS)
    max_charge: Amounts | None = Field(None, description=AMOUNTS)
    auto_approve_up_to: Amounts | None = Field(None, description=AMOUNTS)
    max_purchases_per_day: Count | None = Field(None, description=COUNT)
    default_country: Country = Field("IN", description="a country's two letters (ISO 3166), as in IN")

    host: str = Field("", validate_default=True, pattern=r"^\S*$", description="an address to listen on")
    port: int = Field(3000, ge=0, le=65535, description="a port, at most 65535")
    metrics_listen: ListensOn | None = Field(
        None, description="where to serve /metrics, host:port as in 127.0.0.1:9100"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "INFO", description="DEBUG, INFO, WARNING, ERROR or CRITICAL"
    )
    log_format: Literal["console", "json"] = Field("console", description="console or json")

    @property
    def rules(self) -> Rules:
        return replace(
            super().rules,
            approvers=self.approvers,
            approval_channel=self.approval_channel,
            allowed_channels=self.allowed_channels,
            allow_self_approval=self.allow_self_approval,
            second_approval_above=self.second_approval_above,
            auto_approve_up_to=self.auto_approve_up_to,
            max_charge=self.max_charge,
            max_purchases_per_day=self.max_purchases_per_day,
            vobiz_timeout=self.vobiz_timeout,
        )

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """What must never be seen anywhere."""
        known = (self.slack_bot_token, self.slack_app_token, self.slack_signing_secret, self.vobiz_auth_token)
        in_addresses = passwords_in(self.slack_api_url, self.vobiz_base_url)
        return (*(secret for secret in known if secret is not None), *self.database_secrets, *in_addresses)

    @field_validator("slack_signing_secret")
    @classmethod
    def _signs_http(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """Fields are read in order, so the token, when it is right, is known by now."""
        if secret is None and info.data.get("slack_app_token", "wrong") is None:
            raise PydanticCustomError(
                "own_words", "is missing, needed for HTTP; or set SLACK_APP_TOKEN for Socket Mode"
            )
        return secret

    @field_validator("host")
    @classmethod
    def _is_open_to_slack_alone(cls, host: str, info: ValidationInfo) -> str:
        """In Socket Mode nobody has to come in."""
        return host or ("0.0.0.0" if info.data.get("slack_app_token") is None else "127.0.0.1")

    @field_validator("slack_api_url")
    @classmethod
    def _ends_in_a_slash(cls, url: str) -> str:
        return f"{url.rstrip('/')}/"

    @field_validator("second_approval_above")
    @classmethod
    def _has_two_approvers(cls, above: Amounts | None, info: ValidationInfo) -> Amounts | None:
        approvers = info.data.get("approvers")
        if above is not None and approvers is not None and len(approvers) < 2 and not approvers[0].startswith("S"):
            raise PydanticCustomError("own_words", "needs two approvers, but APPROVERS names only one")
        return above

    @field_validator("auto_approve_up_to")
    @classmethod
    def _stays_within_the_other_limits(cls, automatic: Amounts | None, info: ValidationInfo) -> Amounts | None:
        """Fields are read in order: one that is wrong itself is not there, and is not compared with."""
        second, most = info.data.get("second_approval_above"), info.data.get("max_charge")
        budget = info.data.get("monthly_budget", "wrong")
        for currency, limit in (automatic or {}).items():
            if budget is None or (isinstance(budget, Mapping) and currency not in budget):
                words = f"needs a MONTHLY_BUDGET in {currency}"
                raise PydanticCustomError("own_words", "{words}", {"words": words})
            if second is not None and (currency not in second or not limit < second[currency]):
                words = f"must lie below SECOND_APPROVAL_ABOVE in {currency}"
                raise PydanticCustomError("own_words", "{words}", {"words": words})
            if most is not None and (currency not in most or most[currency] < limit):
                words = f"must not lie above MAX_CHARGE in {currency}"
                raise PydanticCustomError("own_words", "{words}", {"words": words})
        return automatic

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, written: object) -> object:
        return written.upper() if isinstance(written, str) else written


AnySettings = TypeVar("AnySettings", bound=DatabaseSettings)


def load(env_file: Path) -> Settings:
    """From the environment, which wins, and a file that may be missing. Raises `WrongSettings`."""
    return _load(Settings, env_file, *wrong_proxies())


def load_database_url(env_file: Path) -> SecretStr:
    """The database's address alone, whatever the other settings are. Raises `WrongSettings`."""
    return _load(DatabaseSettings, env_file).database_url


def load_for_operator(env_file: Path) -> OperatorSettings:
    """Beside the database's address only what has a default. Raises `WrongSettings`."""
    return _load(OperatorSettings, env_file)


def given(values: Mapping[str, str]) -> Settings:
    """From these values alone, by the names of the settings. Raises `WrongSettings`."""
    return _read(Settings, values)


def _load(kind: type[AnySettings], env_file: Path, *problems: str) -> AnySettings:
    names = [{field.upper() for field in fields.model_fields} for fields in (Settings, kind)]
    try:
        unread = passed_over(env_file, *names)
    except UnreadableFile as why:
        raise WrongSettings(f"the file {env_file.name} cannot be read: {why}") from None
    return _read(kind, what_is_set(env_file), *problems, *unread)


def _read(kind: type[AnySettings], values: Mapping[str, str], *problems: str) -> AnySettings:
    """Raises `WrongSettings` with these problems and those that reading finds."""
    try:
        settings = kind.model_validate({name.lower(): value for name, value in values.items()})
    except ValidationError as wrong:
        found = [_line(str(error["loc"][0]), error["type"], error["msg"]) for error in wrong.errors()]
        raise WrongSettings(*dict.fromkeys([*found, *problems])) from None
    if problems:
        raise WrongSettings(*problems)
    return settings


def _line(field: str, problem: str, words: str) -> str:
    name, expected = field.upper(), Settings.model_fields[field].description
    if problem == "own_words":
        return f"{name}: {words}"
    return f"{name}: {'is missing, expected' if problem == 'missing' else 'expected'} {expected}"
