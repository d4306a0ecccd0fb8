"""What holds whenever the bot is at rest, whatever happened before: small questions over database and stand-ins."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, select

from bot.domain.audit import BOT, GENESIS, Entry, digest
from bot.domain.request import Status
from bot.domain.trail import Event
from bot.store.tables import audit_entries, audit_head, work
from tests.harness.promise import money, told
from tests.harness.promise.rest import AtRest, Question

AFTER: Mapping[Event, Status] = {
    Event.REQUESTED: Status.PENDING,
    Event.APPROVED: Status.APPROVED,
    Event.DENIED: Status.DENIED,
    Event.WITHDRAWN: Status.WITHDRAWN,
    Event.EXPIRED: Status.EXPIRED,
    Event.ASKED_AGAIN: Status.PENDING,
    Event.ATTEMPT_RECORDED: Status.PURCHASING,
    Event.NOT_EXECUTED: Status.APPROVED,
    Event.CHECKING: Status.CHECKING,
    Event.PURCHASED: Status.PURCHASED,
    Event.FAILED: Status.FAILED,
}
"""The state that each event brings a request into."""


def the_chain_is_whole(rest: AtRest) -> Iterator[str]:
    before, expected = GENESIS, 1
    for entry in rest.trail:
        if entry.seq != expected or entry.before != before:
            yield f"entry {entry.seq} does not follow entry {expected - 1}"
        made = digest(entry.seq, entry.at, entry.actor, entry.event, entry.request, entry.data, entry.before)
        if made != entry.hash:
            yield f"entry {entry.seq} is not what its hash covers"
        before, expected = entry.hash, entry.seq + 1
    head = rest.connection.execute(select(audit_head)).one()
    if (head.seq, head.hash) != (expected - 1, before):
        yield f"the head names entry {head.seq}, the last one is {expected - 1}"


def the_trail_is_never_behind(rest: AtRest) -> Iterator[str]:
    last: dict[str, Entry] = {}
    for entry in rest.trail:
        if entry.request is not None and entry.event in AFTER:
            last[entry.request] = entry
    for request in rest.requests.values():
        entry = last[request.id]
        if request.status is not AFTER[entry.event] or request.cause != entry.seq:
            yield f"{request.terms.e164} is {request.status}, and the trail says {entry.event} (entry {entry.seq})"


def nothing_is_left_to_do(rest: AtRest) -> Iterator[str]:
    for row in rest.connection.execute(select(work).order_by(work.c.id)):
        if row.parked_at is not None:
            yield f"{row.kind} is parked: {row.error}"
        elif row.lease_token is not None or row.not_before <= rest.now:
            yield f"{row.kind} waits since {row.not_before}"


def no_act_is_lost(rest: AtRest, acknowledged: Mapping[str, int], done: Mapping[str, int]) -> Iterator[str]:
    """By person: what was acknowledged left an entry each; what was not may have left one, but nothing left two."""
    judged = acts_judged(rest.connection)
    for person in {*acknowledged, *done, *judged}:
        least, most = acknowledged.get(person, 0), done.get(person, 0)
        if not least <= judged.get(person, 0) <= most:
            yield f"{person} did {most} things, {least} were acknowledged, {judged.get(person, 0)} were judged"


def acts_judged(connection: Connection) -> Mapping[str, int]:
    """Entries by person: each command, click or form that was judged left one, of a basket one for each number.

    Asking again leaves a second one, with the request that ended.
    """
    others = audit_entries.c.actor != BOT, audit_entries.c.event != Event.REQUESTED_ANEW
    query = select(audit_entries).where(*others).order_by(audit_entries.c.seq)
    acts = set[tuple[object, ...]]()
    for row in connection.execute(query):
        facts = json.loads(row.data)
        basket = facts.get("basket") or facts.get("together", {}).get("basket")
        acts.add((row.actor, row.at, row.event, basket) if basket else (row.actor, row.seq))
    return Counter(str(actor) for actor, *_ in acts)


MONEY: tuple[Question, ...] = (
    money.every_attempt_was_called_once_at_most,
    money.every_sale_is_credited_once,
    money.what_was_charged_is_what_the_ledger_says,
    money.the_budget_adds_up,
    money.money_is_held_only_for_what_may_still_cost,
    money.every_attempt_was_approved,
)
"""Once everything that the provider was asked for is over there."""

TOLD: tuple[Question, ...] = (
    the_chain_is_whole,
    the_trail_is_never_behind,
    nothing_is_left_to_do,
    told.every_card_is_up_to_date,
    told.every_thread_tells_all_in_order,
    told.everybody_heard_why_not,
)


def complaints(rest: AtRest, questions: tuple[Question, ...] = (*MONEY, *TOLD)) -> list[str]:
    return [f"{question.__name__}: {found}" for question in questions for found in question(rest)]
