"""Rows that older versions left are read as ever: their work is done, their entries are told, what they saw is shown.

They are written out in `old_rows/` and `old_work.py`, and put into the database as they are. What is said of them is
pinned (`--snapshot-update` takes other words for the same): a fact that is not said any more was not read.
"""

import json
from typing import get_args

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain import refusals
from bot.domain.policy import Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.sandbox.slack.blocks import Surface, check_blocks
from bot.services.acts import Decide, Resolve
from bot.services.checkup import database_lines
from bot.services.letters import Announcement, CardLetter, ReplyTo
from bot.services.plans import DueSweep, Expire, Lapse, NextLook, Nudge, OfferSimilar, Purchase, Remind
from bot.store import tables
from bot.work.queue import Lane, Work
from handlers.views.announcements import announcement
from handlers.views.card import card
from handlers.views.message import Message
from handlers.views.refusals import refusal
from handlers.views.replies import reply
from tests.bot.services.old import (
    CAUSES,
    ID,
    OldAttempt,
    OldEntry,
    a_request_of,
    names,
    old_attempts,
    old_entries,
    put,
    put_attempt,
    put_entry,
    put_work,
)
from tests.bot.services.old_given import charged
from tests.bot.services.old_work import JUDGED, TOLD, OldWork
from tests.harness.bench import Bench
from tests.harness.builders import NOON, NUMBER
from tests.harness.errands import REAL
from tests.harness.fakes import Sent
from tests.harness.ledger import a_row
from tests.harness.rows import facts_of

pytestmark = pytest.mark.sqlite_only("how texts are read depends on no database")

REFUSED = (Event.REQUEST_REFUSED, Event.DECISION_REFUSED)

UNTOLD = (Event.REQUESTED, Event.ATTEMPT_RECORDED, Event.SETTLED)
"""What no thread tells."""

OF_A_REQUEST = (Decide, Expire, Remind, Lapse, Resolve, Nudge, Purchase, NextLook, CardLetter, ReplyTo)


# work


def _name(old: OldWork) -> str:
    return f"{old.kind.kind} {old.leaves.kind if isinstance(old.leaves, type) else old.leaves}"


@pytest.mark.parametrize("old", JUDGED, ids=_name)
async def test_work_of_an_older_version_is_done(bench: Bench, old: OldWork) -> None:
    await old.given(bench)
    await put_work(bench, old.kind, old.payload, ID if old.kind in OF_A_REQUEST else None)
    await bench.run(old.kind)
    if isinstance(old.leaves, type):
        assert [row.claims for row in await bench.rows(old.leaves)] == [0]
    else:
        await bench.last(Event(old.leaves))


@pytest.mark.parametrize("old", TOLD, ids=_name)
async def test_what_an_older_version_had_to_tell_is_told(bench: Bench, old: OldWork) -> None:
    await old.given(bench)
    await put_work(bench, old.kind, old.payload, ID if old.kind in OF_A_REQUEST else None)
    await bench.run_due(Lane.TELL)
    assert bench.messenger.sent[-1].how == old.leaves
    assert not await bench.rows()


def test_every_kind_of_work_is_among_them() -> None:
    assert {old.kind for old in [*JUDGED, *TOLD]} == set(REAL) - {OfferSimilar}


# entries


@pytest.mark.parametrize("event", [event for event in Event if event not in (*REFUSED, Event.OFFERED)])
async def test_an_entry_of_an_older_version_is_shown_and_told_as_ever(
    bench: Bench, event: Event, snapshot: SnapshotAssertion
) -> None:
    said = dict[str, list[str]]()
    for no, old in enumerate(old_entries(event), 1):
        said[old.name] = [_text(message) for message in await _shown_and_told(bench, no, old)]
    assert said == snapshot


async def _shown_and_told(bench: Bench, no: int, old: OldEntry) -> list[Message]:
    """The card that rests on it, and the reply in the thread; or the announcement of what is about no request."""
    if old.status is None:
        entry = await put_entry(bench, old)
        await put_work(bench, Announcement, f'{{"entry":{entry},"channel":"C_TEAM","to":null,"alone":false}}')
        return [await _delivered(bench, Announcement)]
    is_automatic = '"automatic":true' in old.data
    request = await a_request_of(bench, no, old.status, old.error, is_automatic=is_automatic)
    entry = await put_entry(bench, old, request)
    shown = [await _card(bench, request)] if old.event in CAUSES else []
    return shown if old.event in UNTOLD else [*shown, await _reply(bench, request, entry)]


async def _card(bench: Bench, request: PurchaseRequest) -> Message:
    await put_work(bench, CardLetter, "{}", request.id)
    return await _delivered(bench, CardLetter)


async def _reply(bench: Bench, request: PurchaseRequest, entry: int) -> Message:
    await put_work(bench, ReplyTo, f'{{"entry": {entry}}}', request.id)
    return await _delivered(bench, ReplyTo)


async def _delivered(bench: Bench, kind: type[Work]) -> Message:
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
    said = dict[str, str]()
    for old in old_entries(event):
        facts = json.loads(old.data)
        said[old.name] = refusal(refusals.read(facts["reason"], facts["evidence"])).text
    assert said == snapshot


def test_there_are_entries_of_every_event_and_refusals_for_every_reason() -> None:
    assert all(old_entries(event) for event in set(Event) - {Event.OFFERED})
    reasons = {json.loads(old.data)["reason"] for event in REFUSED for old in old_entries(event)}
    assert reasons == {kind.reason for kind in get_args(refusals.Refusal)} - {"card_not_posted"}


# attempts


BROUGHT_BY = {
    Status.CHECKING: Event.CHECKING,
    Status.FAILED: Event.FAILED,
    Status.PENDING: Event.ASKED_AGAIN,
    Status.PURCHASED: Event.PURCHASED,
}


async def test_what_attempts_of_an_older_version_saw_and_bought_is_shown(
    bench: Bench, snapshot: SnapshotAssertion
) -> None:
    said = dict[str, list[str]]()
    for no, old in enumerate(old_attempts(), 1):
        request = await a_request_of(bench, no, old.status, old.error)
        await put_attempt(bench, old, request)
        brought = next(entry for entry in old_entries(BROUGHT_BY[old.status]) if entry.error == old.error)
        entry = await put_entry(bench, brought, request)
        said[old.name] = [_text(await _card(bench, request)), _text(await _reply(bench, request, entry))]
    assert said == snapshot


ALERTED = [old for old in old_attempts() if old.is_alerted and old.status is not Status.CHECKING]


@pytest.mark.parametrize("old", ALERTED, ids=names(ALERTED))
async def test_the_debits_of_which_an_older_version_told_are_written_off(bench: Bench, old: OldAttempt) -> None:
    request = await a_request_of(bench, 1, old.status, old.error)
    await put_attempt(bench, old, request)
    bench.provider.unreadable = {"owned"}
    await bench.resolve(Resolution.WRITE_OFF, request)
    debits = json.loads(old.seen or "")["debits"]
    assert facts_of(await bench.last(Event.WRITTEN_OFF))["debits"] == debits
    assert (await bench.attempt(request)).written_off == {debit["id"] for debit in debits}


async def test_a_sweep_knows_the_debits_of_which_an_older_version_told(bench: Bench) -> None:
    await charged(bench)
    bench.provider.ledger = [a_row(id="txn_1", description=NUMBER)]
    await bench.plan_sweep()
    await bench.run(DueSweep)
    assert Event.SWEEP_ALERT not in [entry.event for entry in await bench.trail()]
    assert not await bench.findings("unexplained_debit")
    bench.provider.ledger = []
    await bench.sweep()
    assert (await bench.last(Event.SETTLED)).request == ID


BOUGHT = [old for old in old_attempts() if old.number is not None and old.outcome == "bought" and old.seen is None]


@pytest.mark.parametrize("old", BOUGHT, ids=names(BOUGHT))
async def test_a_sweep_knows_what_a_number_that_an_older_version_bought_was_to_cost(
    bench: Bench, old: OldAttempt
) -> None:
    request = await a_request_of(bench, 1, old.status)
    await put_attempt(bench, old, request)
    await put(bench, tables.reservations, request=request.id, month="2026-11", currency="INR", amount=0)
    bench.provider.ledger = [a_row("400 INR", id=f"txn_{no}", description=request.terms.e164) for no in (1, 2)]
    bench.clock.advance(60)
    await bench.plan_sweep()
    await bench.run(DueSweep)
    assert facts_of(await bench.last(Event.SWEEP_ALERT))["what"] == "charged_twice"


# findings


async def test_what_a_sweep_of_an_older_version_found_is_listed_and_not_told_again(bench: Bench) -> None:
    for kind, subject, details, told_at in FINDINGS:
        await put(bench, tables.findings, kind=kind, subject=subject, details=details, found_at=NOON, told_at=told_at)
    assert [line.words for line in await bench.store.read(database_lines)] == [
        "numbers bought elsewhere: +918069000143, +918069000144",
        f"attempts that could not be compared with the provider (the log says why): {'aa' * 16}",
        "charges that no number explains: txn_1 (77.50 INR)",
        "charges that no number explains: txn_2",
    ]
    bench.provider.ledger = [a_row("77.50 INR", id="txn_1")]
    await bench.plan_sweep()
    await bench.run(DueSweep)
    assert await bench.trail() == []


FINDINGS = [
    ("bought_elsewhere", "+918069000143", '{"status": null, "owner": "SA_GR\\u00d6SSE"}', None),
    ("bought_elsewhere", "+918069000144", '{"status": "active", "owner": null}', None),
    ("not_compared", "aa" * 16, '{"request": "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e", "e164": "+918069000142"}', None),
    (
        "unexplained_debit",
        "txn_1",
        '{"id": "txn_1", "amount": "77.50", "currency": "INR", "at": null, "description": "DID-Kauf \\u2014 1"}',
        NOON,
    ),
    (
        "unexplained_debit",
        "txn_2",
        '{"id": "txn_2", "amount": null, "currency": null, "at": null, "description": null}',
        None,
    ),
]
"""Kind, subject, details, and when approvers were told."""
