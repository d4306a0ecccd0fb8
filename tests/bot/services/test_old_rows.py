"""Rows that older versions left are read as ever: their work is done, their entries are told, what they saw is shown.

What is said of them is pinned (`--snapshot-update` takes other words for the same): a fact that is not said any more
was not read.
"""

import json
from datetime import timedelta
from typing import get_args

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain import refusals
from bot.domain.policy import Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.sandbox.slack.blocks import Surface, check_blocks
from bot.services.acts import Answer, AskForReport, AskWhy, RequestChanges, TurnedAway, Unpark
from bot.services.checkup.database import waiting_lines
from bot.services.checkup.line import Mark
from bot.services.letters import Announcement, NumberTold, ReplyTo, ReportTold, Rewrite
from bot.services.plans import Beginning, OfferSimilar
from bot.store import tables
from bot.work.queue import Work
from handlers.views.announcements import announcement
from handlers.views.card import card
from handlers.views.message import Message
from handlers.views.refusals import refusal
from handlers.views.replies import reply
from tests.bot.services import older
from tests.harness.builders import NOON, NUMBER
from tests.harness.errands import REAL
from tests.harness.fakes import Sent
from tests.harness.ledger import a_row
from tests.harness.rows import facts_of
from tests.harness.swept import sweep
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("how texts are read depends on no database")

REFUSED = (Event.REQUEST_REFUSED, Event.DECISION_REFUSED)

NEWER = {
    *(Answer, AskForReport, AskWhy, Beginning, NumberTold, OfferSimilar, ReportTold, RequestChanges, Rewrite),
    *(TurnedAway, Unpark),
}
"""Kinds of work that no older version left."""

NEWER_EVENTS = {
    *(Event.OFFERED, Event.SWEEP_FAILED, Event.TAKEN_UP, Event.LET_GO, Event.EXPORTED, Event.ARCHIVED, Event.MOVED),
    *(Event.CHANGES_REQUESTED, Event.ANSWERED, Event.REQUESTED_ANEW, Event.ACKNOWLEDGED),
}

NEWER_REASONS = {
    "basket_refused",
    "basket_too_large",
    "left_the_basket",
    "card_not_posted",
    "not_offered",
    "not_parked",
    "not_reconciled",
    "no_longer_asked",
    "nothing_written",
    "asked_since",
    "day_is_full",
    "frozen_since",
    "over_max_charge",
}
"""And those that it told otherwise."""

UNTOLD = (Event.REQUESTED, Event.ATTEMPT_RECORDED, Event.SETTLED)
"""What no thread tells."""


@pytest.mark.parametrize("old", older.WORK, ids=lambda old: f"{old.kind} {old.leaves or old.plans or old.told}")
async def test_work_of_an_older_version_is_done(bench: Workbench, old: older.OldWork) -> None:
    await older.give(bench, *old.given)
    await older.put_work(bench, old.work, old.payload, older.ID if old.of_request else None)
    if old.told is not None:
        await bench.deliver()
        assert bench.messenger.sent[-1].how == old.told
        assert not await bench.rows()
        return
    await bench.run(old.work)
    if old.leaves is not None:
        await bench.last(old.leaves)
    else:
        assert [row.claims for row in await bench.rows() if row.kind == old.plans] == [0]


def test_every_kind_of_work_is_among_them() -> None:
    assert {old.work for old in older.WORK} == set(REAL) - NEWER


@pytest.mark.parametrize("event", [event for event in Event if event not in (*REFUSED, *NEWER_EVENTS)])
async def test_an_entry_of_an_older_version_is_shown_and_told_as_ever(
    bench: Workbench, event: Event, snapshot: SnapshotAssertion
) -> None:
    said = dict[str, list[str]]()
    for no, (name, old) in enumerate(older.ENTRIES[event].items(), 1):
        said[name] = [_text(message) for message in await _shown_and_told(bench, no, event, old)]
    assert said == snapshot


async def _shown_and_told(bench: Workbench, no: int, event: Event, old: older.OldEntry) -> list[Message]:
    """The card that rests on it, and the reply in the thread; or the announcement of what is about no request."""
    if old.request is None:
        entry = await older.put_entry(bench, event, old)
        await older.put_work(bench, Announcement, f'{{"entry":{entry},"channel":"C_TEAM","to":null,"alone":false}}')
        return [await _delivered(bench, Announcement)]
    is_automatic = '"automatic":true' in old.data
    request = await older.a_request_of(bench, no, old.request, old.error, is_automatic=is_automatic)
    entry = await older.put_entry(bench, event, old, request)
    shown = [await _card(bench, request)] if event in older.CAUSES else []
    return shown if event in UNTOLD else [*shown, await _reply(bench, request, entry)]


async def _card(bench: Workbench, request: PurchaseRequest) -> Message:
    await older.put_work(bench, Rewrite, "{}", request.id)
    return await _delivered(bench, Rewrite)


async def _reply(bench: Workbench, request: PurchaseRequest, entry: int) -> Message:
    await older.put_work(bench, ReplyTo, f'{{"entry": {entry}}}', request.id)
    return await _delivered(bench, ReplyTo)


async def _delivered(bench: Workbench, kind: type[Work]) -> Message:
    """What is said by what is delivered next."""
    await bench.run(kind)
    return _said(bench.messenger.sent[-1])


def _said(sent: Sent) -> Message:
    match sent.how:
        case "rewrite_card":
            return card(sent.one)
        case "reply":
            return reply(sent.one)
        case _:
            assert sent.entry is not None
            return announcement(sent.entry, sent.approvers)


def _text(message: Message) -> str:
    """Without the mark at its end; Slack takes the blocks."""
    assert check_blocks([*message.blocks], Surface.MESSAGE) == []
    return message.text.rpartition("\n")[0]


@pytest.mark.parametrize("event", REFUSED)
def test_a_refusal_of_an_older_version_has_its_words(event: Event, snapshot: SnapshotAssertion) -> None:
    facts = {name: json.loads(old.data) for name, old in older.ENTRIES[event].items()}
    assert {name: refusal(refusals.read(it["reason"], it["evidence"])).text for name, it in facts.items()} == snapshot


def test_there_are_entries_of_every_event_and_refusals_for_every_reason() -> None:
    assert all(older.ENTRIES[event] for event in set(Event) - NEWER_EVENTS)
    reasons = {json.loads(old.data)["reason"] for event in REFUSED for old in older.ENTRIES[event].values()}
    assert reasons == {kind.reason for kind in get_args(refusals.AnyRefusal)} - NEWER_REASONS


BROUGHT_BY = {
    Status.CHECKING: Event.CHECKING,
    Status.FAILED: Event.FAILED,
    Status.PENDING: Event.ASKED_AGAIN,
    Status.PURCHASED: Event.PURCHASED,
}


async def test_what_attempts_of_an_older_version_saw_and_bought_is_shown(
    bench: Workbench, snapshot: SnapshotAssertion
) -> None:
    said = dict[str, list[str]]()
    for no, (name, old) in enumerate(older.ATTEMPTS.items(), 1):
        request = await older.a_request_of(bench, no, old.request, old.error)
        await older.put_attempt(bench, old, request)
        event = BROUGHT_BY[old.request]
        brought = next(entry for entry in older.ENTRIES[event].values() if entry.error == old.error)
        entry = await older.put_entry(bench, event, brought, request)
        said[name] = [_text(await _card(bench, request)), _text(await _reply(bench, request, entry))]
    assert said == snapshot


ALERTED = {name: it for name, it in older.ATTEMPTS.items() if it.is_alerted and it.request is not Status.CHECKING}


@pytest.mark.parametrize("old", ALERTED.values(), ids=ALERTED)
async def test_the_debits_of_which_an_older_version_told_are_written_off(
    bench: Workbench, old: older.OldAttempt
) -> None:
    request = await older.a_request_of(bench, 1, old.request, old.error)
    await older.put_attempt(bench, old, request)
    bench.provider.unreadable = {"owned"}
    await bench.resolve(Resolution.WRITE_OFF, request)
    debits = json.loads(old.seen or "")["debits"]
    assert facts_of(await bench.last(Event.WRITTEN_OFF))["debits"] == debits
    assert (await bench.attempt(request)).written_off == {debit["id"] for debit in debits}


async def test_a_sweep_knows_the_debits_of_which_an_older_version_told(bench: Workbench) -> None:
    await older.give(bench, "charged")
    bench.provider.ledger = [a_row(id="txn_1", description=NUMBER)]
    await sweep(bench)
    assert Event.SWEEP_ALERT not in [entry.event for entry in await bench.trail()]
    assert not await bench.findings("unexplained_debit")
    bench.provider.ledger = []
    await bench.sweep()
    assert (await bench.last(Event.SETTLED)).request == older.ID


BOUGHT = {name: it for name, it in older.ATTEMPTS.items() if it.number and it.outcome == "bought" and it.seen is None}


@pytest.mark.parametrize("old", BOUGHT.values(), ids=BOUGHT)
async def test_a_sweep_knows_what_a_number_that_an_older_version_bought_was_to_cost(
    bench: Workbench, old: older.OldAttempt
) -> None:
    request = await older.a_request_of(bench, 1, old.request)
    await older.put_attempt(bench, old, request)
    await older.put(bench, tables.reservations, request=request.id, month="2026-11", currency="INR", amount=0)
    bench.provider.ledger = [a_row("400 INR", id=f"txn_{no}", description=request.terms.e164) for no in (1, 2)]
    await sweep(bench, after=timedelta(minutes=1))
    assert facts_of(await bench.last(Event.SWEEP_ALERT))["what"] == "charged_twice"


async def test_what_a_sweep_of_an_older_version_found_is_listed_by_whom_it_needs_and_not_told_again(
    bench: Workbench,
) -> None:
    for found in older.FINDINGS:
        told_at = NOON if found.is_told else None
        await older.put(bench, tables.findings, found_at=NOON, told_at=told_at, **found.model_dump(exclude={"is_told"}))
    lines = await bench.store.read(waiting_lines)
    assert [(line.mark, line.name, line.words) for line in lines] == [
        (Mark.NOTE, "bought elsewhere", "+918069000143, +918069000144"),
        (Mark.WRONG, "not compared", f"{'aa' * 16} (+918069000142, request {'5e' * 16})"),
        (Mark.WRONG, "unexplained charges", "txn_1 (77.50 INR)"),
        (Mark.NOTE, "unexplained charges", "txn_2"),
    ]
    bench.provider.ledger = [a_row("77.50 INR", id="txn_1")]
    await sweep(bench)
    assert await bench.trail() == []
