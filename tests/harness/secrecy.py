"""Whatever the bot wrote in a world is searched, when that ends, for every secret that the bot was given there.

Written is: what a process said on stdout and stderr, the database, and what both stand-ins were sent, but for the
headers that a secret belongs into. Knows nothing of the bot's own redactor.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import psycopg
from psycopg import sql

from bot.sandbox.slack import SlackStandIn
from bot.sandbox.vobiz import VobizStandIn

SECRET = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "VOBIZ_AUTH_TOKEN")
ADDRESSES = ("DATABASE_URL", "SLACK_API_URL", "VOBIZ_BASE_URL")

RESPONSE_URL = re.compile(r"/(?:commands|actions)/T\w+/\d+/\w+")
"""Which Slack gives with each click: the database keeps it until it dies, and nobody is told."""

LONG = 12
"""Characters from which on a secret is found by chance nowhere."""


def secrets_of(environment: Mapping[str, str]) -> dict[str, str]:
    """By the setting's name; those of the stand-ins, which are long enough to be told from all else."""
    given = {name: environment.get(name, "") for name in SECRET}
    given |= {name: unquote(urlsplit(environment.get(name, "")).password or "") for name in ADDRESSES}
    return {name: secret for name, secret in given.items() if len(secret) >= LONG}


def assert_unsaid(environment: Mapping[str, str], where: str, written: Iterable[str | bytes]) -> None:
    """Names the setting whose secret was found, and where, and does not repeat it."""
    ways = {way: name for name, secret in secrets_of(environment).items() for way in _ways(secret)}
    for text in written:
        octets = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        found = sorted({name for way, name in ways.items() if way in octets})
        assert not found, f"{where}: holds the secret of {', '.join(found)}"


def assert_a_process_kept(environment: Mapping[str, str], lines: Sequence[str]) -> None:
    """What it said, on stdout and stderr."""
    assert_unsaid(environment, "a process said", lines)
    assert not any(map(RESPONSE_URL.search, lines)), "a process said: holds a response URL"


def assert_kept_in_the_world(
    environment: Mapping[str, str], folder: Path, slack: SlackStandIn, vobiz: VobizStandIn
) -> None:
    """Of a world whose bot has stopped. What a test wrote itself, as `.env`, is not the bot's."""
    calls = (json.dumps([call.method, call.arguments], default=str) for call in slack.workspace.calls)
    assert_unsaid(environment, "sent to Slack", calls)
    assert_unsaid(environment, "sent to Vobiz", map(repr, (*vobiz.purchase_calls, *vobiz.read_calls)))
    for file in folder.rglob("*.db*"):
        if file.is_file():
            assert_unsaid(environment, file.name, [file.read_bytes()])
    if environment["DATABASE_URL"].startswith("postgres"):
        assert_unsaid(environment, "the PostgreSQL database", _rows(environment["DATABASE_URL"]))


def _rows(url: str) -> Iterator[str]:
    with psycopg.connect(url) as connection:
        for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            select = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table))
            yield from (row for (row,) in connection.execute(select))


def _ways(secret: str) -> Iterator[bytes]:
    """As it is, percent-encoded, and as base64, whatever stands before it."""
    yield secret.encode()
    yield quote(secret, safe="").encode()
    for before in range(3):
        coded = b64encode(bytes(before) + secret.encode())
        yield coded[4 if before else 0 : -4]
