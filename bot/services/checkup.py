"""Checkup: what the provider and the database say when an operator asks whether all is right. Spends nothing.

Slack's part is `handlers/checkup.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from bot.domain.account import has_a_master
from bot.domain.audit import BOT
from bot.domain.facts import Debit
from bot.domain.money import Money
from bot.domain.request import Status
from bot.domain.rules import Rules
from bot.domain.trail import Frozen
from bot.invocation import typed
from bot.services.parking import DELIVERING
from bot.services.plans import DueSweep
from bot.services.ports import Provider, ProviderUnavailable
from bot.store import attempts, audit, control, findings, requests
from bot.store.findings import Finding, FindingKind, NotCompared
from bot.work import stuck
from bot.work.stuck import Stuck

LEDGER_TRIED = timedelta(days=1)
"""How much of the ledger is read."""

NAMED = 10
"""Numbers and rows that one line names at most."""


class Mark(StrEnum):
    """How one thing stands."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing, and no fault."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was tried; `words` are plain text for a terminal."""

    mark: Mark
    words: str


LIMITS = {
    "SECOND_APPROVAL_ABOVE": ("two approvals above {}", "one approval is enough for any amount"),
    "AUTO_APPROVE_UP_TO": ("no approval needed up to {}", "nothing is approved by itself"),
    "MONTHLY_BUDGET": ("at most {} a month", "no limit for a month"),
}
"""By setting, which is the rule's name too: what it means when it is set, and when it is not."""


def limit_lines(rules: Rules) -> list[Line]:
    """The limits in force, and those that are not: `MONTHLY_BUDGET: at most 5000 INR, 200 USD a month`."""
    lines = []
    for setting, (meaning, without) in LIMITS.items():
        limit = getattr(rules, setting.lower())
        shown = ", ".join(map(str, limit.values())) if isinstance(limit, Mapping) else limit
        lines.append(Line(Mark.OK, f"{setting}: {without if limit is None else meaning.format(shown)}"))
    return lines


async def provider_lines(provider: Provider, country: str, currencies: Sequence[str], now: datetime) -> list[Line]:
    """Login, inventory, balances and the ledger, by reads alone."""
    try:
        own = await provider.own_numbers()
        page = await provider.browse(country=country)
    except ProviderUnavailable as unavailable:
        why = "Vobiz refuses VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN" if unavailable.reason == "denied" else "not readable"
        return [Line(Mark.WRONG, f"Vobiz {provider.account}: {why} ({unavailable.reason})")]
    on_sale = "numbers on sale" if page.listings else "no number on sale"
    count = len(own.numbers)
    lines = [Line(Mark.OK, f"Vobiz {provider.account}: login works, {count} own numbers, {on_sale} in {country}")]
    if own.unreadable:
        words = f"own numbers that cannot be read: {_listed(own.unreadable)}"
        lines.append(Line(Mark.WRONG, f"{words}; until Vobiz mends them, no number is taken for not ours"))
    balances = [await _balance_line(provider, currency) for currency in currencies]
    return [*lines, *balances, await _ledger_line(provider, now)]


async def _balance_line(provider: Provider, currency: str) -> Line:
    """A sub-account needs none of its own."""
    is_sub_account = has_a_master(provider.account)
    try:
        balance = await provider.balance(currency)
    except ProviderUnavailable as unavailable:
        mark = Mark.NOTE if is_sub_account else Mark.WRONG
        return Line(mark, f"balance in {currency}: not readable ({unavailable.reason})")
    if balance is None:
        why = "stands with the master account, which pays" if is_sub_account else "Vobiz shows none to this account"
        return Line(Mark.NOTE, f"balance in {currency}: {why}")
    overdraft = ", and the account may go below it" if balance.may_overdraw else ""
    mark = Mark.OK if balance.available > 0 or balance.may_overdraw else Mark.NOTE
    return Line(mark, f"balance: {balance.available:f} {currency} available{overdraft}")


async def _ledger_line(provider: Provider, now: datetime) -> Line:
    """As a sweep reads it, which needs both lists."""
    try:
        rows = await provider.transactions(now - LEDGER_TRIED)
    except ProviderUnavailable as unavailable:
        return Line(Mark.WRONG, f"own numbers and ledger: the ledger is not readable ({unavailable.reason}): {_UNREAD}")
    if rows is None:
        return Line(Mark.NOTE, "own numbers readable; the ledger stands with the master account, which pays")
    spoilt = sum(not row.is_whole for row in rows)
    if spoilt:
        return Line(Mark.NOTE, f"own numbers and ledger readable, but for {spoilt} of a day's rows: {_SPOILT}")
    return Line(Mark.OK, "own numbers and ledger readable")


def sweep_lines(connection: Connection, now: datetime) -> list[Line]:
    """When a sweep could last read the provider, and what to do when that is long ago."""
    how = findings.sweeping(connection)
    last = "none yet" if how.good_at is None else f"the last good one at {how.good_at:%Y-%m-%d %H:%M} UTC"
    why = "" if how.failing_since is None else f"; since {how.failing_since:%Y-%m-%d %H:%M} UTC the "
    why += "" if how.unread is None else f"{how.unread.replace('_', ' ')} cannot be read ({how.reason})"
    if how.is_overdue(now):
        line = Line(Mark.WRONG, f"sweep: {last}{why}: {_UNREAD if why else _NOT_RUNNING}")
    elif how.failing_since is not None:
        line = Line(Mark.NOTE, f"sweep: {last}{why}; it is tried again every few minutes")
    else:
        line = Line(Mark.OK, f"sweep: {last}")
    if not how.unread_rows:
        return [line]
    rows = "1 row" if how.unread_rows == 1 else f"{how.unread_rows} rows"
    return [line, Line(Mark.NOTE, f"ledger: {rows} that the last good sweep could not read: {_SPOILT}")]


_UNREAD = (
    "nobody hears of late charges, and what is held for them stays held: see whether VOBIZ_AUTH_ID and "
    "VOBIZ_AUTH_TOKEN still work, then ask the provider's support"
)
_NOT_RUNNING = f"start {typed('serve')}, or see in its log why it makes none"
_SPOILT = "they may be charges; the log names the first, for the provider's support"


def database_lines(connection: Connection) -> list[Line]:
    """What waits for people, and what nobody could explain."""
    lines = []
    if (frozen := control.frozen_by(connection)) is not None:
        lines.append(_frozen_line(connection, frozen[1]))
    for request in requests.in_state(connection, (Status.CHECKING,)):
        attempt = attempts.open_of(connection, request.id)
        if attempt is not None and attempt.asks_people:
            words = f"outcome unknown: {request.terms.e164}, request {request.id}: an approver has to resolve it"
            lines.append(Line(Mark.WRONG, words))
    lines += [
        Line(Mark.WRONG, f"unexplained at the provider: {attempt.e164}, request {attempt.request}")
        for attempt in attempts.alerted_ones(connection)
    ]
    return [*lines, *_findings(findings.every(connection))]


def stuck_lines(connection: Connection, now: datetime) -> list[Line]:
    """Work that is parked, or keeps failing."""
    return _stuck(stuck.parked(connection)) + _stuck(stuck.failing(connection, now=now))


def _stuck(rows: Sequence[Stuck]) -> list[Line]:
    """The oldest, each with what settles it. A sweep that keeps failing has its own line once that matters."""
    lines = []
    for row in rows[:NAMED]:
        what = f"{row.kind} {row.id} of request {row.request or 'none'} ({row.error or 'its workers died'})"
        mark = Mark.NOTE if row.kind == DueSweep.kind and not row.is_parked else Mark.WRONG
        lines.append(Line(mark, f"{'parked' if row.is_parked else 'failing'}: {what}, {_way_out(row)}"))
    if len(rows) > NAMED:
        lines.append(Line(Mark.WRONG, f"and {len(rows) - NAMED} more like that: {typed('parked')} lists them"))
    return lines


def _way_out(row: Stuck) -> str:
    """What an operator does about it."""
    since = f"since {row.since:%Y-%m-%d %H:%M} UTC"
    if row.is_parked:
        again, drop = typed(f"parked --again {row.id}"), typed(f"parked --drop {row.id}")
        return f"{since}: {again} tries it again, {drop} lets it go"
    if row.lane in DELIVERING:
        return (
            f"{since}: it is tried again by itself once Slack takes it; see to the channel and SLACK_BOT_TOKEN, or let "
            f"it go with {typed(f'parked --drop {row.id}')}"
        )
    return f"{since}: it is tried again by itself; the log of {typed('serve')} says why it fails"


def _frozen_line(connection: Connection, by: str) -> Line:
    """People know why they froze it; what the bot froze waits for them."""
    entry = audit.last_freeze(connection) if by == BOT else None
    if entry is None or not isinstance(entry.told, Frozen):
        return Line(Mark.NOTE, f"buying is frozen: lift it with {typed('unfreeze')}")
    why = f"this database is new and the account already has {entry.told.own_numbers} numbers"
    return Line(
        Mark.WRONG,
        f"buying is frozen: {why}; if the bot ran before, restore its database; otherwise {typed('unfreeze')}",
    )


_WORDS = {
    FindingKind.BOUGHT_ELSEWHERE: "numbers bought elsewhere",
    FindingKind.NOT_COMPARED: "attempts that could not be compared with the provider (the log says why)",
    FindingKind.UNEXPLAINED_DEBIT: "charges that no number explains",
}


def _findings(found: Sequence[Finding]) -> list[Line]:
    """A line for each kind, and one for each mark of it."""
    lines = []
    for kind, mark in dict.fromkeys((finding.kind, _mark(finding)) for finding in found):
        named = [_named(finding) for finding in found if (finding.kind, _mark(finding)) == (kind, mark)]
        lines.append(Line(mark, f"{_WORDS[kind]}: {_listed(named)}"))
    return lines


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def _mark(finding: Finding) -> Mark:
    """A number bought elsewhere needs nobody, and a new debit may still explain itself."""
    needs_people = finding.told_at is not None or finding.kind is FindingKind.NOT_COMPARED
    return Mark.WRONG if needs_people else Mark.NOTE


def _named(finding: Finding) -> str:
    match finding.details:
        case Debit(amount=Money() as amount):
            return f"{finding.subject} ({amount})"
        case NotCompared(request=request, e164=e164):
            return f"{e164}, request {request}"
        case _:
            return finding.subject
