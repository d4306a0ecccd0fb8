"""What the database tells: sweeps, deliveries, what waits for people, and what nobody could explain."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.audit import BOT
from bot.domain.facts import Debit
from bot.domain.money import Money
from bot.domain.request import Status
from bot.domain.trail import Frozen
from bot.invocation import typed
from bot.services.checkup.line import NAMED, Line, Mark, listed, note, ok, wrong
from bot.services.checkup.provider import LOG_IN, SPOILT, SUPPORT
from bot.services.judge.freeze import unreconciled_since
from bot.services.parking import DELIVERING
from bot.services.plans import DueSweep
from bot.store import attempts, audit, cards, control, findings, requests
from bot.store.findings import Finding, FindingKind, NotCompared
from bot.work import stuck
from bot.work.stuck import Stuck


def sweep_lines(connection: Connection, now: datetime) -> list[Line]:
    """When a sweep could last read the provider, and what to do when that is long ago."""
    how = findings.sweeping(connection)
    last = "none yet" if how.good_at is None else f"the last good one at {_at(how.good_at)}"
    why = "" if how.failing_since is None else f"; since {_at(how.failing_since)} the "
    why += "" if how.unread is None else f"{how.unread.replace('_', ' ')} cannot be read ({how.reason})"
    if how.is_overdue(now):
        words = f"{last}{why}: nobody hears of late charges, and what is held for them stays held"
        way = LOG_IN if why else f"start {typed('serve')}, or see in its log why it makes none"
        line = wrong("sweep", words, way)
    elif how.failing_since is not None:
        line = note("sweep", f"{last}{why}", f"it is tried again every few minutes while {typed('serve')} runs")
    else:
        line = ok("sweep", last)
    if not how.unread_rows:
        return [line]
    rows = "1 row" if how.unread_rows == 1 else f"{how.unread_rows} rows"
    return [line, note("ledger", f"{rows} that the last good sweep could not read", SPOILT)]


def delivery_lines(connection: Connection) -> list[Line]:
    """When a card was posted in each channel last."""
    posted = cards.posted_last(connection)
    lines = [ok("deliveries", f"the last card in {channel} at {_at(when)}") for channel, when in posted[:NAMED]]
    more = len(posted) - NAMED
    return [*lines, ok("deliveries", f"and in {more} more channels before that")] if more > 0 else lines


def waiting_lines(connection: Connection) -> list[Line]:
    """What waits for people, and what nobody could explain."""
    lines = []
    moved_to, arrives_from = control.moves(connection)
    if moved_to is not None:
        lines.append(wrong("database", f"it was moved to {moved_to}", "set DATABASE_URL to that"))
    if arrives_from is not None:
        words = f"the move from {arrives_from} was not finished"
        lines.append(wrong("database", words, f"run it there again, with {typed('move-to URL')} and this address"))
    if (frozen := control.frozen_by(connection)) is not None:
        lines.append(_frozen_line(connection, frozen[1]))
    for request in requests.in_state(connection, (Status.CHECKING,)):
        attempt = attempts.open_of(connection, request.id)
        if attempt is not None and attempt.asks_people:
            bought, not_bought = (typed(f"resolve {request.id} {said}") for said in ("bought", "not-bought"))
            way = f"an approver says so with the buttons of its card in Slack, or {bought} or {not_bought} does"
            lines.append(wrong("outcome unknown", f"{request.terms.e164}, request {request.id}", way))
    for attempt in attempts.alerted_ones(connection):
        way = (
            f"{SUPPORT} with what its thread in Slack tells, and the next sweep sees what that mended; otherwise an "
            f"approver gives it up with the button of its card, or {typed(f'resolve {attempt.request} write-off')} does"
        )
        lines.append(wrong("unexplained", f"{attempt.e164}, request {attempt.request}", way))
    return [*lines, *_findings(findings.listed(connection))]


def stuck_lines(connection: Connection, now: datetime) -> list[Line]:
    """Work that is parked, or keeps failing, or that only another version of the bot can do."""
    return [
        *_stuck("parked", stuck.parked(connection)),
        *_stuck("failing", stuck.failing(connection, now=now)),
        *_stuck("of another version", stuck.left_to_others(connection, now=now)),
    ]


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _stuck(name: str, rows: Sequence[Stuck]) -> list[Line]:
    """The oldest, each with what settles it. A sweep that keeps failing has its own line once that matters."""
    lines = []
    for row in rows[:NAMED]:
        why = (row.error or "its workers died") if row.is_known else "a kind that this version does not know"
        words = f"{row.kind} {row.id} of request {row.request or 'none'} ({why}), since {_at(row.since)}"
        mark = Mark.NOTE if row.kind == DueSweep.kind and not row.is_parked else Mark.WRONG
        lines.append(Line(mark, name, words, _way_out(row)))
    if len(rows) > NAMED:
        lines.append(wrong(name, f"{len(rows) - NAMED} more like that", f"{typed('parked')} lists them"))
    return lines


def _way_out(row: Stuck) -> str:
    """What an operator does about it."""
    if not row.is_known:
        return f"{typed('serve')} of the newest version does it, {typed(f'parked --drop {row.id}')} lets it go"
    again, drop = typed(f"parked --again {row.id}"), typed(f"parked --drop {row.id}")
    if row.is_parked:
        return f"{again} tries it again, {drop} lets it go"
    if row.lane in DELIVERING:
        return (
            "it is tried again by itself once Slack takes it: see to the channel and SLACK_BOT_TOKEN, or let it go "
            f"with {drop}"
        )
    return (
        f"it is tried again by itself; the log of {typed('serve')} says why it fails, and {typed('parked')} lists it "
        "once it is given up"
    )


def _frozen_line(connection: Connection, by: str) -> Line:
    """People know why they froze it; what the bot froze waits for them."""
    if (since := unreconciled_since(connection)) is not None:
        words = f"this database is a copy, first served at {_at(since)}, and no sweep was good since"
        way = f"stop whatever serves from the original, let {typed('serve')} sweep, then {typed('unfreeze')}"
        return wrong("freeze", f"buying is frozen: {words}", way)
    entry = audit.last_freeze(connection) if by == BOT else None
    if entry is None or not isinstance(entry.told, Frozen):
        way = f"lift it with `/buynumber unfreeze` in Slack, or with {typed('unfreeze')}"
        return note("freeze", "buying is frozen", way)
    if entry.told.copied_after is not None:
        words = f"this database is a copy, which knew of nothing after {_at(entry.told.copied_after)}"
        way = f"a sweep has compared it with the provider: if nothing serves from the original, {typed('unfreeze')}"
        return wrong("freeze", f"buying is frozen: {words}", way)
    words = f"buying is frozen: this database is new and the account already has {entry.told.own_numbers} numbers"
    return wrong("freeze", words, f"if the bot ran before, restore its database; otherwise {typed('unfreeze')}")


_KINDS = {
    FindingKind.BOUGHT_ELSEWHERE: ("bought elsewhere", "nothing is to be done"),
    FindingKind.NOT_COMPARED: (
        "not compared",
        f"a bug, which the log of {typed('serve')} names: once a version without it runs, the next sweep compares them",
    ),
    FindingKind.UNEXPLAINED_DEBIT: ("unexplained charges", f"{SUPPORT} what they were for, with these ids"),
}
"""What each kind is called, and what settles it."""


def _findings(found: Sequence[Finding]) -> list[Line]:
    """A line for each kind, and one for each mark of it."""
    lines = []
    for kind, mark in dict.fromkeys((finding.kind, _mark(finding)) for finding in found):
        named = [_named(finding) for finding in found if (finding.kind, _mark(finding)) == (kind, mark)]
        name, way = _KINDS[kind]
        lines.append(Line(mark, name, listed(named), f"{way}; {typed('acknowledge ID')} takes one off this list"))
    return lines


def _mark(finding: Finding) -> Mark:
    """A number bought elsewhere needs nobody, and a new debit may still explain itself."""
    needs_people = finding.told_at is not None or finding.kind is FindingKind.NOT_COMPARED
    return Mark.WRONG if needs_people else Mark.NOTE


def _named(finding: Finding) -> str:
    match finding.details:
        case Debit(amount=Money() as amount):
            return f"{finding.subject} ({amount})"
        case NotCompared(request=request, e164=e164):
            return f"{finding.subject} ({e164}, request {request})"
        case _:
            return finding.subject
