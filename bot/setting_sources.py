"""The environment and `.env`, looked at before they are read: what would be passed over without a word is a problem.

Knows the names of the settings, and nothing of what they mean.
"""

import os
import re
from collections.abc import Collection, Iterator, Mapping
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream
from pydantic import SecretStr

from bot.setting_forms import passwords_in
from bot.setting_names import meant

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
"""Slack's library asks for the first two; a proxy of another kind may stand in the last one, for other software."""

SECRETS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "VOBIZ_AUTH_TOKEN", "DATABASE_URL")
ADDRESSES = ("DATABASE_URL", "SLACK_API_URL", "VOBIZ_BASE_URL", *PROXIES)
"""Which may hold a password."""

TRACES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""OpenTelemetry's own variables, in the environment alone: one of them says where traces go."""

_PROXY = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[!-~]*@)?(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?/?", re.ASCII
)


class UnreadableFile(Exception):
    """Why, as the end of a sentence."""


def passed_over(file: Path, known: Collection[str], wanted: Collection[str]) -> list[str]:
    """One line for each line of the file that is none, and for each name close to one of `wanted`.

    `known` are all settings: MAX_CHARGES is none of a command's that wants MONTHLY_BUDGET alone. Raises
    `UnreadableFile`.
    """
    bindings = _bindings(file)
    lines = [
        f"the file {file.name}, line {binding.original.line}: expected NAME=value"
        for binding in bindings
        if binding.error
    ]
    written = [binding.key for binding in bindings if binding.key is not None]
    for names, in_file in ((written, True), (os.environ, False)):
        for name in names:
            right = meant(name, known, in_file=in_file)
            if right in wanted:
                lines.append(f"{name}: is no setting, did you mean {right}?")
    return lines


def what_is_set(file: Path) -> dict[str, str]:
    """By names in capitals, of settings and of others: the environment beats the file, what is empty is not set.

    Raises `OSError` and `UnicodeDecodeError`.
    """
    return _set_by(dotenv_values(file, encoding="utf-8-sig")) | _set_by(os.environ)


def _set_by(source: Mapping[str, str | None]) -> dict[str, str]:
    return {name.upper(): value for name, value in source.items() if value}


def wrong_proxies() -> Iterator[str]:
    """One line for each proxy in the environment that calls to Slack could not go through."""
    for name in PROXIES:
        for spelt in (name, name.lower()):
            address = _PROXY.fullmatch(os.environ.get(spelt, "").strip() or "none://none")
            if address is None or (name != "ALL_PROXY" and address["scheme"] not in ("http", "https", "none")):
                yield f"{spelt}: expected a proxy's address with its scheme, as in http://proxy:3128"


def traces_to() -> str | None:
    """The variable that asks for traces; `None` when none does, or others say that there are to be none."""
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    if os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none":
        return None
    return next((name for name in TRACES if os.environ.get(name, "").strip()), None)


def known_secrets(file: Path) -> tuple[SecretStr, ...]:
    """As they are written, also when settings are wrong or the file cannot be read whole."""
    try:
        found = what_is_set(file)
    except (OSError, UnicodeDecodeError):
        found = _set_by(os.environ)
    addresses = [found[name] for name in ADDRESSES if name in found]
    return (*(SecretStr(found[name]) for name in SECRETS if name in found), *passwords_in(*addresses))


def _bindings(file: Path) -> list[Binding]:
    """None when there is no such file."""
    if not os.path.lexists(file):
        return []
    try:
        if not file.is_dir() and not file.is_file() and file.exists():
            raise UnreadableFile("it is no plain file")
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile("it is not UTF-8 text") from None
    except OSError as refused:
        raise UnreadableFile((refused.strerror or type(refused).__name__).lower()) from None
    if "\0" in text:
        raise UnreadableFile("it holds a NUL, so it is no text")
    return [*parse_stream(StringIO(text))]
