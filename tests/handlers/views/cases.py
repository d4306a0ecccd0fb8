"""Requests in every state as the services leave them: what cards and lists are made of. Replies are in `told.py`."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from pydantic import JsonValue

from bot.domain.audit import BOT, OPERATOR, Event, Facts
from bot.domain.ledger import LedgerEntry
from bot.domain.looks import Look
from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber
from bot.domain.request import PurchaseRequest, Status
from bot.domain.shown import MonthSoFar, Shown, ShownAttempt
from bot.domain.similar import Similar
from bot.domain.terms import Terms
from bot.services.reconcile.look import seen_facts
from bot.services.transitions import terms_facts
from tests.harness.builders import (
    ASKER,
    BOSS,
    CHIEF,
    NOON,
    a_month,
    a_request,
    a_shown,
    an_attempt,
    an_entry,
    an_owned_number,
    some_terms,
)

ID = "5e" * 16
GROUP = "S_MANAGERS"

REFUSED: Facts = {"message": "complete your KYC first", "code": "forbidden", "provider_request_id": "req_7"}

BOUND = some_terms("500+750 INR", months=6, identity_check=True, left_out=("trial",))

AN_HOUR_LATER = NOON + timedelta(hours=1)


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
    month: MonthSoFar | None = None,
) -> Shown:
    """A request of known id in this state, moved there by this entry, number 7."""
    moved = replace(request or a_request(id=ID), status=status)
    entry = an_entry(event, seq=7, actor=actor, request=moved, facts=facts)
    return a_shown(moved, entry=entry, voters=voters, votes_needed=needed, attempt=attempt, month=month)


def since(shown: Shown, event: Event, *, actor: str = BOT, facts: Facts | None = None) -> Shown:
    """The same with a further entry, number 8, that left its state as it was."""
    return replace(shown, entry=an_entry(event, seq=8, actor=actor, request=shown.request, facts=facts))


def approval(terms: Terms, *voters: str, needed: int = 1) -> dict[str, JsonValue]:
    return {**terms_facts(terms), "needed": needed, "voters": list(voters)}


AUTOMATIC: Facts = {**terms_facts(some_terms()), "automatic": True, "limit": "200"}


def charge(charged: str | None, approved: str = "101") -> Facts:
    facts: dict[str, JsonValue] = {"approved": approved, "approved_currency": "INR", "differs": False}
    if charged is None:
        return {**facts, "charged": None, "charged_currency": None}
    return {**facts, "charged": charged, "charged_currency": "INR", "differs": charged != approved}


def stood(spent: str, budget: str | None = "500", *, reserved: str = "0", currency: str = "INR") -> Facts:
    """The month as it stood after a charge."""
    return {"month": "2026-11", "currency": currency, "spent": spent, "reserved": reserved, "budget": budget}


def asked_again(why: str, **facts: JsonValue) -> Facts:
    return {"why": why, **terms_facts(some_terms()), **facts}


CHANGED = asked_again("terms_changed", before=terms_facts(some_terms("90+1 INR", months=6)))
LEFT_OUT = asked_again("terms_left_out", left_out=["minimum commitment", "trial"])
TOO_LOW = asked_again("balance_too_low", required="101", available="12.5")
TOO_LOW_UNKNOWN = asked_again("balance_too_low", required=None, available=None, **REFUSED)

BOUGHT = replace(an_owned_number(), next_billing_at=NOON + timedelta(days=30))
HARDLY_KNOWN = OwnedNumber(e164=BOUGHT.e164)


def a_debit(id: str = "txn_000001", amount: str | None = "101 INR") -> LedgerEntry:
    """As the ledger shows what a purchase left behind; without an amount, as when it cannot be read."""
    return LedgerEntry(
        id=id,
        at=None if amount is None else NOON,
        account=None,
        kind="debit",
        amount=None if amount is None else Money.of(amount),
        description=None,
        reference=None,
        reference_type="did_purchase",
        status="completed",
    )


DEBIT = a_debit()

LOOKS: Mapping[str, Look] = {
    "nothing readable": Look(is_owned_read=False),
    "clean": Look(is_owned_read=True, on_sale=True, debits=()),
    "gone": Look(is_owned_read=True, on_sale=False, debits=()),
    "ours": Look(is_owned_read=True, owned=BOUGHT, on_sale=False, debits=(DEBIT,)),
    "ours, under way": Look(is_owned_read=True, owned=replace(BOUGHT, status="pending_purchase"), on_sale=False),
    "ours, older form": Look(is_owned_read=True, owned=HARDLY_KNOWN, on_sale=False, debits=()),
    "charged": Look(is_owned_read=True, on_sale=True, debits=(DEBIT,)),
    "charged in two rows": Look(
        is_owned_read=True, on_sale=False, debits=(a_debit("txn_1", "100 INR"), a_debit("txn_2", None))
    ),
    "inventory unreadable": Look(is_owned_read=True, debits=()),
    "ledger unreadable": Look(is_owned_read=True, on_sale=True),
    "ledger closed": Look(is_owned_read=True, on_sale=True, is_ledger_closed=True),
    "another account's": Look(is_owned_read=True, owned_by="SA_OTHER", on_sale=False, debits=()),
}

SEEN: Mapping[str, Facts] = {name: seen_facts(look) for name, look in LOOKS.items()}

NOT_USABLE: Facts = {"what": "not_usable", "owned": True, "owned_status": "blocked", "debits": []}

CALLED: Facts = {"called_at": NOON.isoformat(), "provider_request_id": "req_9"}
GONE_MONEY: Facts = {"seen": dict(SEEN["charged"]), **CALLED}

SIMILAR = tuple(
    Similar(
        e164=terms.e164,
        region=region,
        setup_fee=terms.setup_fee,
        monthly_fee=terms.monthly_fee,
        digest=terms.digest,
    )
    for terms, region in (
        (some_terms(number="+918069000187"), "Bengaluru"),
        (some_terms("100+1.50 INR", number="+918069000203"), "Bengaluru"),
        (some_terms("0+350 INR", number="+914469000133"), None),
    )
)
OFFERED: Facts = {"missing": "", "similar": [other.facts() for other in SIMILAR]}


def checking(event: Event = Event.CHECKING, *, actor: str = BOT, attempt: ShownAttempt | None = None) -> Shown:
    """The outcome is unknown; further entries tell what was found out since."""
    began = a_case(
        Status.CHECKING, Event.CHECKING, actor=BOT, voters=(BOSS,), attempt=attempt or an_attempt(), facts={"code": "x"}
    )
    return began if event is Event.CHECKING else since(began, event, actor=actor)


def a_failure(
    error: str, *, actor: str = BOT, attempt: ShownAttempt | None = None, facts: Facts | None = None
) -> Shown:
    told: Facts = {"error": error, **(facts or {})}
    request = a_request(id=ID, error=error)
    return a_case(Status.FAILED, Event.FAILED, actor=actor, facts=told, request=request, attempt=attempt)


NOT_BOUGHT: Facts = {"seen": dict(SEEN["clean"]), "settles_at": AN_HOUR_LATER.isoformat()}
CERTAIN: Facts = {"seen": dict(SEEN["clean"]), "settles_at": None}
UNSETTLED = an_attempt(seen=SEEN["clean"], settles_at=AN_HOUR_LATER)


def pending_again(facts: Facts) -> Shown:
    return a_case(event=Event.ASKED_AGAIN, actor=BOT, facts=facts)


def purchased(*, actor: str = BOT, attempt: ShownAttempt | None = None, facts: Facts | None = None) -> Shown:
    told = charge("101") if facts is None else facts
    return a_case(Status.PURCHASED, Event.PURCHASED, actor=actor, voters=(BOSS, CHIEF), facts=told, attempt=attempt)


def automatic(status: Status, event: Event, facts: Facts, attempt: ShownAttempt | None = None) -> Shown:
    request = replace(a_request(id=ID), is_automatic=True)
    return a_case(status, event, actor=BOT, facts=facts, request=request, attempt=attempt)


CARDS: Mapping[str, Shown] = {
    "pending, balance too low": a_case(facts={"available": "50.5", "may_overdraw": False}),
    "pending, balance too low and postpaid": a_case(facts={"available": "-3", "may_overdraw": True}),
    "pending, too few can approve it": a_case(needed=2, facts={"can_approve": 1}),
    "pending, asked for while frozen": a_case(facts={"frozen": True}),
    "pending": a_case(),
    "pending, bound and dear": a_case(request=a_request(terms=BOUND, id=ID, reason="")),
    "pending, for a sub-account on trial": a_case(
        request=a_request(terms=some_terms(account="SA_SUB1", trial=True, months=1), id=ID)
    ),
    "pending, one of two approvals": a_case(event=Event.VOTED, actor=BOSS, voters=(BOSS,), needed=2),
    "pending, nobody of two yet": a_case(needed=2),
    "pending, within the budget": a_case(month=a_month("200 INR", reserved="101 INR", budget="500 INR")),
    "pending, the budget is overrun": a_case(month=a_month("600 INR", budget="500 INR")),
    "pending, without a budget in its currency": a_case(month=a_month(budget="0 INR")),
    "pending again, terms changed": pending_again(CHANGED),
    "pending again, terms left out": replace(
        pending_again(LEFT_OUT), request=a_request(terms=some_terms(left_out=("minimum commitment", "trial")), id=ID)
    ),
    "pending again, limit lowered": pending_again(asked_again("limit_lowered")),
    "pending again, balance too low": pending_again(TOO_LOW),
    "pending again, balance unknown": pending_again(TOO_LOW_UNKNOWN),
    "pending again, frozen": pending_again(asked_again("frozen")),
    "pending again, approver left": pending_again(asked_again("approver_left")),
    "pending again, lapsed": pending_again(asked_again("lapsed")),
    "pending again, and voted for since": since(pending_again(asked_again("frozen")), Event.VOTED, actor=BOSS),
    "approved": a_case(Status.APPROVED, Event.APPROVED, actor=CHIEF, voters=(BOSS, CHIEF), needed=2),
    "approved automatically": automatic(Status.APPROVED, Event.APPROVED, AUTOMATIC),
    "purchasing": a_case(Status.PURCHASING, Event.ATTEMPT_RECORDED, actor=BOT, voters=(BOSS,)),
    "checking": checking(),
    "checking, money went": checking(
        Event.CHARGED_WITHOUT_NUMBER, attempt=an_attempt(is_alerted=True, seen=SEEN["charged"])
    ),
    "checking, people asked": checking(Event.PEOPLE_ASKED, attempt=an_attempt(asks_people=True, seen=SEEN["gone"])),
    "checking, people asked, provider unreadable": checking(
        Event.PEOPLE_ASKED, attempt=an_attempt(asks_people=True, seen=SEEN["nothing readable"])
    ),
    "checking, people asked, money went": checking(
        Event.PEOPLE_ASKED, attempt=an_attempt(asks_people=True, is_alerted=True, seen=SEEN["charged in two rows"])
    ),
    "checking, people asked as no look was made": checking(Event.PARKED, attempt=an_attempt(asks_people=True)),
    "checking, looked at again": checking(Event.LOOK_ASKED, actor=BOSS, attempt=an_attempt(seen=SEEN["gone"])),
    "checking, written off": checking(Event.WRITTEN_OFF, actor=BOSS, attempt=an_attempt(seen=SEEN["charged"])),
    "purchased": purchased(attempt=an_attempt(number=BOUGHT)),
    "purchased automatically": automatic(Status.PURCHASED, Event.PURCHASED, charge("101"), an_attempt(number=BOUGHT)),
    "purchased, said a person": purchased(actor=CHIEF, attempt=an_attempt(number=BOUGHT)),
    "purchased, and the provider shows otherwise": since(
        purchased(attempt=an_attempt(number=BOUGHT, is_alerted=True)), Event.SWEEP_ALERT
    ),
    "failed": a_failure("rejected", facts=REFUSED),
    "failed, not bought": a_failure("not_bought", attempt=UNSETTLED, facts=NOT_BOUGHT),
    "failed, not bought, settled": since(
        a_failure("not_bought", attempt=an_attempt(seen=SEEN["clean"]), facts=NOT_BOUGHT), Event.SETTLED
    ),
    "failed, and charged after all": since(
        a_failure("not_bought", attempt=an_attempt(is_alerted=True, seen=SEEN["charged"]), facts=NOT_BOUGHT),
        Event.SWEEP_ALERT,
    ),
    "failed, and ours without being usable": since(
        a_failure("not_bought", attempt=an_attempt(is_alerted=True, seen=NOT_USABLE), facts=NOT_BOUGHT),
        Event.SWEEP_ALERT,
    ),
    "failed, and charged beside another request's sale": since(
        a_failure(
            "sold_to_another_request",
            attempt=an_attempt(is_alerted=True, seen={**SEEN["charged"], "what": "charged_beside_sale"}),
        ),
        Event.CHARGED_WITHOUT_NUMBER,
    ),
    "pending again, and charged after all": replace(
        pending_again(TOO_LOW), attempt=an_attempt(is_alerted=True, seen=SEEN["charged"])
    ),
    "failed, said the operator": a_failure(
        "not_bought", actor=OPERATOR, attempt=an_attempt(), facts={"seen": None, "settles_at": None}
    ),
    "failed, similar numbers offered": a_failure("not_in_inventory", facts=OFFERED),
    "denied": a_case(Status.DENIED, Event.DENIED, actor=BOSS, facts={"reason": "too expensive"}),
    "withdrawn": a_case(Status.WITHDRAWN, Event.WITHDRAWN),
    "withdrawn, as it could not be posted": a_case(
        Status.WITHDRAWN, Event.WITHDRAWN, actor=BOT, facts={"why": "card_not_posted", "code": "is_archived"}
    ),
    "expired": a_case(Status.EXPIRED, Event.EXPIRED, actor=BOT),
}
