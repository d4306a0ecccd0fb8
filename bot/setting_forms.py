"""How each kind of setting is written: durations, amounts by currency, ids, addresses, secrets.

A value that is not written so raises `ValueError`, whose words nobody sees: `settings.py` names what was expected.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, NamedTuple
from urllib.parse import unquote

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from bot.domain.money import Money
from bot.store.postgres import is_postgres, parameters
from bot.store.store import CannotOpen

AMOUNTS = "amounts by currency, as in INR:10000,USD:200"
COUNT = "a whole number from 1 to 999999"
DURATIONS = "a duration, as in 90s, 30m, 72h or 7d"

CHANNEL = r"[CG][A-Z0-9]{1,20}"

HIGHEST_PORT = 65535

_PASSWORDS = re.compile(r"(?:(?<=https://)|(?<=http://)|//[^/@:\s]*:)([^/@\s]+)@|[?&](?:ssl)?password=([^&#\s]+)")
_UNIT = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d{1,6})([smhd])")
_HOSTNAME = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])"
_AMOUNT = re.compile(r"([A-Z]{3}):(\d{1,12}(?:\.\d{1,6})?)")


class Listening(NamedTuple):
    """Where to listen; a port of 0 is any free one."""

    host: str
    port: int


def _duration(written: object) -> object:
    if not isinstance(written, str):
        return written
    found = _DURATION.fullmatch(written.strip())
    if found is None:
        raise ValueError(DURATIONS)
    return timedelta(**{_UNIT[found[2]]: int(found[1])})


def _entries(written: str) -> list[str]:
    return list(dict.fromkeys(entry.strip() for entry in written.split(",") if entry.strip()))


def _ids(pattern: str) -> BeforeValidator:
    """At least one of the form, each once."""

    def read(written: object) -> object:
        if not isinstance(written, str):
            return written
        ids = _entries(written)
        if not ids or not all(re.fullmatch(pattern, one) for one in ids):
            raise ValueError("ids")
        return ids

    return BeforeValidator(read)


def _amounts(written: object) -> object:
    if not isinstance(written, str):
        return written
    from babel.numbers import list_currencies

    found = [_AMOUNT.fullmatch(entry) for entry in _entries(written)]
    amounts = {match[1]: Money(Decimal(match[2]), match[1]) for match in found if match is not None}
    if not found or len(amounts) != len(found) or not amounts.keys() <= list_currencies():
        raise ValueError(AMOUNTS)
    return amounts


def _count(written: object) -> object:
    if not isinstance(written, str):
        return written
    if not re.fullmatch(r"0*[1-9]\d{0,5}", written.strip()):
        raise ValueError(COUNT)
    return int(written)


def _country(written: str) -> str:
    from phonenumbers import SUPPORTED_REGIONS

    if written.upper() not in SUPPORTED_REGIONS:
        raise ValueError("country")
    return written.upper()


def _database_url(url: SecretStr) -> SecretStr:
    """An `@` or `/` that is not escaped would make a host or a port of a password's end, which errors then repeat."""
    written = url.get_secret_value()
    if not is_postgres(written):
        if not re.fullmatch(r"sqlite:///[^?#]+", written):
            raise ValueError("address")
        return url
    try:
        ports = str(parameters(written).get("port", ""))
    except CannotOpen as reason:
        raise ValueError("address") from reason
    server, _, behind = written.partition("://")[2].partition("/")
    if server.count("@") > 1 or "@" in behind.partition("?")[0] or not re.fullmatch(r"[0-9,]*", ports):
        raise ValueError("address")
    return url


def passwords_in(*urls: str) -> Iterator[SecretStr]:
    """As they are written there and as they are meant; before a web address' host also what is no password by name."""
    for pair in _PASSWORDS.findall(" ".join(urls)):
        for password in filter(None, pair):
            yield from (SecretStr(password), SecretStr(unquote(password)))


def _listening(written: object) -> object:
    if not isinstance(written, str):
        return written
    found = re.fullmatch(rf"(?P<host>{_HOSTNAME}):(?P<port>[0-9]{{1,5}})", written.strip())
    if found is None or int(found["port"]) > HIGHEST_PORT:
        raise ValueError("host:port")
    return Listening(found["host"].strip("[]"), int(found["port"]))


def like(pattern: str) -> AfterValidator:
    """For a secret, which pydantic's own `pattern` cannot look into."""

    def look(secret: SecretStr) -> SecretStr:
        if not re.fullmatch(pattern, secret.get_secret_value()):
            raise ValueError("form")
        return secret

    return AfterValidator(look)


DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Count = Annotated[int, BeforeValidator(_count)]
Amounts = Annotated[Mapping[str, Money], BeforeValidator(_amounts)]
ListensOn = Annotated[Listening, BeforeValidator(_listening)]
_HOST = rf"{_HOSTNAME}(?::[0-9]{{1,5}})?"
HttpUrl = Annotated[str, Field(pattern=rf"^https?://(?:[!-.0->A-~]*@)?{_HOST}(?:/[!-\"$->@-~]*)?$")]
Approvers = Annotated[tuple[str, ...], _ids(r"[UWS][A-Z0-9]{1,20}")]
"""Ids of people (`U…`, `W…`) and of user groups (`S…`)."""
Channels = Annotated[frozenset[str] | None, _ids(CHANNEL)]
Country = Annotated[str, BeforeValidator(_country)]
