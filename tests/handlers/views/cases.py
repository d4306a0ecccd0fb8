"""Requests in every state, and every entry a thread tells, as the services leave them: what the views are shown."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from pydantic import JsonValue

from bot.domain.audit import BOT, Event, Facts
from bot.domain.numbers import OwnedNumber
from bot.domain.request import PurchaseRequest, Status
from bot.domain.shown import Shown, ShownAttempt
from bot.domain.terms import Terms
from bot.services.moves import terms_facts
from tests.builders import ASKER, BOSS, CHIEF, NOON, a_request, a_shown, an_entry, an_owned_number, some_terms

ID = "5e" * 16
GROUP = "S_MANAGERS"

REFUSED: Facts = {"message": "complete your KYC first", "code": "forbidden", "provider_request_id": "req_7"}

BOUND = some_terms("500+750 INR", months=6, identity_check=True, left_out=("trial",))


def a_case(
    status: Status = Status.PENDING,
    event: Event = Event.REQUESTED,
    *,
    actor: str = ASKER,
    facts: Facts | None = None,
    request: PurchaseRequest | None = None,
    voters: tuple[str, ...] = (),
    needed: int = 1,
    attempt: ShownAttempt | None = None,
) -> Shown:
    """A request of known id in this state, moved there by this entry, number 7."""
    moved = replace(request or a_request(id=ID), status=status)
    entry = an_entry(event, seq=7, actor=actor, request=moved, facts=facts)
    return a_shown(moved, entry=entry, voters=voters, votes_needed=needed, attempt=attempt)


def approval(terms: Terms, *voters: str, needed: int = 1) -> dict[str, JsonValue]:
    return {**terms_facts(terms), "needed": needed, "voters": list(voters)}


def a_purchase(number: OwnedNumber | None) -> ShownAttempt:
    return ShownAttempt(id="aa" * 16, code=None, message=None, provider_request_id="req_9", charged=None, number=number)


def charge(charged: str | None, approved: str = "101") -> Facts:
    facts: dict[str, JsonValue] = {"approved": approved, "approved_currency": "INR", "differs": False}
    if charged is None:
        return {**facts, "charged": None, "charged_currency": None}
    return {**facts, "charged": charged, "charged_currency": "INR", "differs": charged != approved}


def asked_again(why: str, **facts: JsonValue) -> Facts:
    return {"why": why, **terms_facts(some_terms()), **facts}


CHANGED = asked_again("terms_changed", before=terms_facts(some_terms("90+1 INR", months=6)))
TOO_LOW = asked_again("balance_too_low", required="101", available="12.5")
TOO_LOW_UNKNOWN = asked_again("balance_too_low", required=None, available=None, **REFUSED)

BOUGHT = replace(an_owned_number(), next_billing_at=NOON + timedelta(days=30))
HARDLY_KNOWN = OwnedNumber(e164=BOUGHT.e164)

CARDS: Mapping[str, Shown] = {
    "pending": a_case(),
    "pending, bound and dear": a_case(request=a_request(terms=BOUND, id=ID, reason="")),
    "pending, for a sub-account on trial": a_case(
        request=a_request(terms=some_terms(account="SA_SUB1", trial=True, months=1), id=ID)
    ),
    "pending, one of two approvals": a_case(event=Event.VOTED, actor=BOSS, voters=(BOSS,), needed=2),
    "pending, nobody of two yet": a_case(needed=2),
    "pending again, terms changed": a_case(event=Event.ASKED_AGAIN, actor=BOT, facts=CHANGED),
    "pending again, balance too low": a_case(event=Event.ASKED_AGAIN, actor=BOT, facts=TOO_LOW),
    "pending again, balance unknown": a_case(event=Event.ASKED_AGAIN, actor=BOT, facts=TOO_LOW_UNKNOWN),
    "pending again, frozen": a_case(event=Event.ASKED_AGAIN, actor=BOT, facts=asked_again("frozen")),
    "pending again, approver left": a_case(event=Event.ASKED_AGAIN, actor=BOT, facts=asked_again("approver_left")),
    "pending again, lapsed": a_case(event=Event.ASKED_AGAIN, actor=BOT, facts=asked_again("lapsed")),
    "approved": a_case(Status.APPROVED, Event.APPROVED, actor=CHIEF, voters=(BOSS, CHIEF), needed=2),
    "purchasing": a_case(Status.PURCHASING, Event.ATTEMPT_RECORDED, actor=BOT, voters=(BOSS,)),
    "checking": a_case(Status.CHECKING, Event.CHECKING, actor=BOT, voters=(BOSS,)),
    "purchased": a_case(Status.PURCHASED, Event.PURCHASED, actor=BOT, voters=(BOSS,), facts=charge("101")),
    "failed": a_case(Status.FAILED, Event.FAILED, actor=BOT, request=a_request(id=ID, error="rejected"), facts=REFUSED),
    "denied": a_case(Status.DENIED, Event.DENIED, actor=BOSS, facts={"reason": "too expensive"}),
    "withdrawn": a_case(Status.WITHDRAWN, Event.WITHDRAWN),
    "withdrawn, as it could not be posted": a_case(
        Status.WITHDRAWN, Event.WITHDRAWN, actor=BOT, facts={"why": "card_not_posted", "code": "is_archived"}
    ),
    "expired": a_case(Status.EXPIRED, Event.EXPIRED, actor=BOT),
}


def a_failure(error: str, **facts: JsonValue) -> Shown:
    told: Facts = {"error": error, **facts}
    return a_case(Status.FAILED, Event.FAILED, actor=BOT, facts=told, request=a_request(id=ID, error=error))


FAILURES: Mapping[str, Shown] = {
    "already ours": a_failure("already_ours"),
    "gone": a_failure("not_in_inventory", missing=""),
    "gone, says the purchase": a_failure("not_in_inventory", message="number not found", code="not_found"),
    "blocked meanwhile": a_failure("not_in_inventory", missing="blocked"),
    "without a price meanwhile": a_failure("not_in_inventory", missing="setup fee"),
    "terms kept changing": a_failure("terms_kept_changing", **terms_facts(some_terms())),
    "not sent": a_failure("not_sent", message="not sent: connection", code="not_sent"),
    "not executed": a_failure("not_executed", message="too many requests", code="rate_limited"),
    "rejected": a_failure("rejected", **REFUSED),
    "rejected without words": a_failure("rejected", code="http_403", message=""),
    "rejected without anything": a_failure("rejected"),
    "a code of a later version": a_failure("not_heard_of_yet", code="x"),
}

REPLIES: Mapping[str, Shown] = {
    "voted": a_case(event=Event.VOTED, actor=BOSS, voters=(BOSS,), facts=approval(some_terms(), BOSS, needed=2)),
    "approved": a_case(
        Status.APPROVED, Event.APPROVED, actor=CHIEF, voters=(CHIEF,), facts=approval(some_terms(), CHIEF)
    ),
    "denied": a_case(Status.DENIED, Event.DENIED, actor=BOSS, facts={"reason": "too expensive"}),
    "withdrawn": a_case(Status.WITHDRAWN, Event.WITHDRAWN),
    "expired": a_case(Status.EXPIRED, Event.EXPIRED, actor=BOT),
    "reminded": replace(a_case(event=Event.REMINDED, actor=BOT), approvers=(BOSS, GROUP)),
    "asked again, terms changed": a_case(event=Event.ASKED_AGAIN, actor=BOT, facts=CHANGED),
    "asked again, balance too low": a_case(event=Event.ASKED_AGAIN, actor=BOT, facts=TOO_LOW),
    "asked again, balance unknown": a_case(event=Event.ASKED_AGAIN, actor=BOT, facts=TOO_LOW_UNKNOWN),
    "asked again, frozen": a_case(event=Event.ASKED_AGAIN, actor=BOT, facts=asked_again("frozen")),
    "not executed": a_case(Status.APPROVED, Event.NOT_EXECUTED, actor=BOT, facts={"code": "rate_limited"}),
    "checking, lost": a_case(
        Status.CHECKING, Event.CHECKING, actor=BOT, facts={"attempt": "aa" * 16, "code": "timeout", "message": ""}
    ),
    "checking, answered oddly": a_case(Status.CHECKING, Event.CHECKING, actor=BOT, facts=REFUSED),
    "purchased": a_case(
        Status.PURCHASED,
        Event.PURCHASED,
        actor=BOT,
        voters=(BOSS, CHIEF),
        facts=charge("101"),
        attempt=a_purchase(BOUGHT),
    ),
    "purchased, hardly anything known": a_case(
        Status.PURCHASED,
        Event.PURCHASED,
        actor=BOT,
        voters=(BOSS,),
        facts=charge(None),
        attempt=a_purchase(HARDLY_KNOWN),
        request=a_request(id=ID, reason=""),
    ),
    "purchased, details lost": a_case(
        Status.PURCHASED, Event.PURCHASED, actor=BOT, voters=(BOSS,), facts=charge("101")
    ),
    "purchased, charged otherwise": a_case(
        Status.PURCHASED,
        Event.PURCHASED,
        actor=BOT,
        voters=(BOSS,),
        facts=charge("101.5"),
        attempt=a_purchase(BOUGHT),
    ),
    **{f"failed, {name}": shown for name, shown in FAILURES.items()},
}
