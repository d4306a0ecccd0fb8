"""`why`: what is known of a number, for people or for scripts (`--json`, one object)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TextIO

from pydantic import JsonValue
from sqlalchemy import Connection

from bot.commands import sealed
from bot.commands.requests import fields_of, rfc3339
from bot.commands.sealed import Archive
from bot.domain.audit import Written
from bot.domain.facts import Facts
from bot.domain.known import Asked, Known, Outside
from bot.domain.numbers import E164
from bot.domain.request import RequestId
from bot.domain.rules import Rules
from bot.domain.trail import Event
from bot.services.tell.known import known_of
from bot.services.unit import Unit
from bot.store import archive
from bot.store.store import Store


async def print_why(store: Store, out: TextIO, number: E164, *, as_json: bool, archives: Sequence[Path] = ()) -> bool:
    """False when nothing is known of it. Raises `StoreError` when the database cannot be read, and `Problem`."""
    now = datetime.now(UTC)
    known = await store.read_at_length(
        lambda connection: known_of(Unit(connection, now, Rules()), number, seen_by=None)
    )
    files = await sealed.archives(store, archives)
    gone = await store.read_at_length(partial(_without_standing, found=_archived(files, number)))
    if as_json:
        out.write(f"{json.dumps({**_fields(known), 'archived': _entries(gone)}, ensure_ascii=False)}\n")
    else:
        out.writelines(f"{line}\n" for line in _of_archives(gone))
        if known.asked or known.outside is not None or not gone:
            out.writelines(f"{line}\n" for line in _lines(known))
        unnamed = await store.read_at_length(sealed.told_of)
        for one in unnamed if not known.asked else ():
            if one not in [file.told for file in files]:
                out.write(f"Not looked through: {sealed.where_is_it(one)}, name it with --archive FILE.\n")
    return bool(known.asked or gone) or known.outside is not None


Gone = Mapping[RequestId, Sequence[Written]]
"""Requests that left the tables, with all their entries."""


def _archived(files: Sequence[Archive], number: E164) -> Gone:
    """All requests for the number that the archives tell of: each begins with its asking."""
    found = dict[RequestId, list[Written]]()
    for file in files:
        for entry in file.entries():
            if entry.request in found:
                found[entry.request].append(entry)
            elif entry.request and entry.event == Event.REQUESTED and _facts(entry).get("e164") == number:
                found[entry.request] = [entry]
    return found


def _without_standing(connection: Connection, *, found: Gone) -> Gone:
    standing = archive.standing(connection, found)
    return {request: entries for request, entries in found.items() if request not in standing}


def _facts(entry: Written) -> Facts:
    facts: Facts = json.loads(entry.data)
    return facts


def _entries(gone: Gone) -> list[JsonValue]:
    return [{"id": request, "entries": [entry.facts() for entry in entries]} for request, entries in gone.items()]


def _of_archives(gone: Gone) -> Iterator[str]:
    """Each entry as it tells itself: who did what, when, and why."""
    for request, entries in gone.items():
        yield f"{_facts(entries[0])['e164']}  archived  request {request}"
        for entry in entries:
            reason = _facts(entry).get("reason")
            said = f": {reason}" if isinstance(reason, str) and reason else ""
            yield f"  #{entry.seq}  {_at(datetime.fromisoformat(entry.stamp))}  {entry.event} by {entry.actor}{said}"


def _fields(known: Known) -> dict[str, JsonValue]:
    outside = known.outside
    return {
        "e164": known.e164,
        "requests": [_request(asked) for asked in known.asked],
        "elsewhere": None
        if outside is None
        else {"status": outside.status, "account": outside.owner, "found_at": rfc3339(outside.found_at)},
        "swept_at": rfc3339(known.swept_at),
    }


def _request(asked: Asked) -> JsonValue:
    """What `requests --json` says, and what was charged, by which words of the provider, and where its message is."""
    attempt = asked.shown.attempt
    charged = None if attempt is None else attempt.charged
    return {
        **fields_of(asked.shown.request, [*asked.shown.voters]),
        "charged": None if charged is None else charged.plain(),
        "charged_currency": None if charged is None else charged.currency,
        "provider_request_id": None if attempt is None else attempt.provider_request_id,
        "message": {"channel": asked.channel, "ts": asked.ts},
    }


def _lines(known: Known) -> Iterator[str]:
    for asked in known.asked:
        yield from _told(asked)
    if known.outside is not None:
        yield f"{known.e164} is ours, and no request bought it.{_outside(known.outside)}"
    elif not known.asked:
        yield f"{known.e164}: not through this bot. Nobody asked for it here, and no sweep saw it among our numbers."


def _told(asked: Asked) -> Iterator[str]:
    request, attempt = asked.shown.request, asked.shown.attempt
    yield f"{request.terms.e164}  {request.status}  request {request.id}"
    yield f"  asked for by {request.requester}, {_at(request.created_at)}: {request.reason or 'no reason given'}"
    if asked.shown.voters or request.is_automatic:
        voters = "the automatic limit" if request.is_automatic else ", ".join(asked.shown.voters)
        yield f"  approved by {voters}" + (f", {_at(request.decided_at)}" if request.decided_at else "")
    if request.purchased_at is not None:
        yield f"  bought {_at(request.purchased_at)}"
    charged = "" if attempt is None or attempt.charged is None else f"; charged {attempt.charged}"
    yield f"  costs {request.terms.charge} at once, then {request.terms.monthly_fee} a month{charged}"
    if asked.ts is not None:
        yield f"  message {asked.ts} in {asked.channel}"


def _outside(outside: Outside) -> str:
    facts = {"status": outside.status, "account": outside.owner}
    said = ", ".join(f"{name} {value}" for name, value in facts.items() if value)
    return f" Seen since {_at(outside.found_at)}{f' ({said})' if said else ''}."


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
