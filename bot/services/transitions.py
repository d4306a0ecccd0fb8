"""One transaction moves a request: its new state, the audit entry, the messages and the work it causes.

Whatever a use case does to a request goes through `move`, so the trail and the channel are never behind the state. What
a request waits for is here too: a decision until it expires, a call until it lapses, the next look, and in the end
people.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain import refusals, trail
from bot.domain.audit import BOT, OPERATOR
from bot.domain.refusals import NotAllowed
from bot.domain.request import TERMS_MAY_CHANGE, Failure, PurchaseRequest, RequestId, Status
from bot.domain.terms import Terms
from bot.domain.trail import AnyTold
from bot.services.acts import Act, Address, Ask, AskForStatus
from bot.services.budget import month_told
from bot.services.letters import CardLetter, ReplyTo, Rewrite, Wanted, Words
from bot.services.plans import Expire, Lapse, NextLook, Nudge, OfferSimilar, Purchase, Remind
from bot.services.unit import Unit
from bot.store import attempts, audit, budgets, cards, homes, requests
from bot.work import queue

RESERVED = (Status.APPROVED, Status.PURCHASING, Status.CHECKING)
"""While a request is in these states its charge is held of the month's budget."""

APPROVAL_LASTS = timedelta(minutes=15)
"""An approval without a call in that time is void: nobody is surprised by an old one."""

NUDGE_EVERY = timedelta(days=1)

AT_ONCE = timedelta(0)

WORTH_SHOWING = timedelta(seconds=2)
"""What passes sooner, as most calls do, is not shown on the card."""

HOME_IS_KEPT_FRESH = timedelta(hours=1)
"""After it was opened."""


class MovedMeanwhile(Exception):
    """The request changed since it was read; nothing of the transaction stays."""


def move(
    unit: Unit,
    before: PurchaseRequest,
    after: PurchaseRequest,
    told: AnyTold,
    *,
    by: str = BOT,
    silently: bool = False,
    before_expiry: bool = False,
) -> PurchaseRequest:
    """Keeps `after` with its audit entry, has the entry told in the thread unless `silently`, and rewrites the card.

    What is silent is shown only where it lasts. A reservation ends with the way out of its states. With `before_expiry`
    only while the unit's time is before the request expires. Raises `MovedMeanwhile`.
    """
    if before.status in RESERVED and _frees_what_it_held(unit, after):
        budgets.release(unit.connection, before.id)
    entry = audit.append(unit.connection, at=unit.now, actor=by, request=before.id, told=told)
    cause = before.cause if after.status is before.status else entry.seq
    moved = replace(after, entry=entry.seq, cause=cause)
    if not requests.move(unit.connection, before, moved, not_expired_at=unit.now if before_expiry else None):
        raise MovedMeanwhile
    show(unit, moved, pause=WORTH_SHOWING if silently else AT_ONCE)
    if moved.thread != before.thread:
        show(unit, before)
    refresh_homes(unit)
    if not silently:
        reply(unit, before.thread, entry.seq)
    return moved


def move_together(
    unit: Unit,
    together: Sequence[PurchaseRequest],
    arrow: Callable[[PurchaseRequest], PurchaseRequest],
    told: Callable[[PurchaseRequest], trail.OfDecision],
    *,
    by: str = BOT,
    silently: bool = False,
    before_expiry: bool = False,
) -> list[PurchaseRequest]:
    """As `move`, one decision about all of these: each has its own entry, and the first one's is told for all.

    They are locked, by their ids; so are the counters that their ends free, before the first entry.
    """
    if len(together) > 1 and any(request.status in RESERVED for request in together):
        budgets.lock_all(unit.connection)
    return [
        move(
            unit,
            request,
            arrow(request),
            told(request).of_all(together),
            by=by,
            silently=silently or place > 0,
            before_expiry=before_expiry,
        )
        for place, request in enumerate(together)
    ]


def _frees_what_it_held(unit: Unit, after: PurchaseRequest) -> bool:
    """A failure that the provider may still turn into a sale keeps its money held until it is settled.

    What was bought holds nothing any more: its charge is spent.
    """
    if after.status is not Status.FAILED:
        return after.status not in (*RESERVED, Status.PURCHASED)
    attempt = attempts.newest_of(unit.connection, after.id)
    return attempt is None or not attempt.is_unsettled


def show(unit: Unit, request: PurchaseRequest, *, pause: timedelta = AT_ONCE) -> None:
    """Has the card catch up; one waiting rewrite, or its posting, is enough for any number of changes."""
    due = unit.now + pause
    if not queue.hasten(unit.connection, (CardLetter, Rewrite), request.thread, due=due):
        queue.add(unit.connection, Rewrite(), now=unit.now, request=request.thread, after=due)


def catch_up(unit: Unit, thread: RequestId, shown: int) -> None:
    """Has a card that shows this entry rewritten, if its request has gone on since and nobody plans it already."""
    if shown < requests.entry_of(unit.connection, thread) and not queue.is_waiting(
        unit.connection, (CardLetter, Rewrite), thread
    ):
        queue.add(unit.connection, Rewrite(), now=unit.now, request=thread)


def reply(unit: Unit, thread: RequestId, entry: int) -> None:
    """Has the entry told in the thread of a request, or of a basket."""
    queue.add(unit.connection, ReplyTo(entry=entry), now=unit.now, request=thread)


def remark(unit: Unit, request: PurchaseRequest, told: AnyTold) -> None:
    """Says something in the thread that changes nothing about the request."""
    entry = audit.append(unit.connection, at=unit.now, actor=BOT, request=request.id, told=told)
    reply(unit, request.thread, entry.seq)


def fail(unit: Unit, request: PurchaseRequest, told: trail.Failed, *, by: str = BOT) -> PurchaseRequest:
    """Nothing was bought, and that is certain. For a number that is gone, similar ones are looked for afterwards."""
    failed = move(unit, request, request.failed(told.error), told, by=by)
    if told.error is Failure.NOT_IN_INVENTORY:
        queue.add(unit.connection, OfferSimilar(), now=unit.now, request=request.id)
    return failed


def ask_again(unit: Unit, request: PurchaseRequest, told: trail.AskedAgain, terms: Terms | None = None) -> None:
    """Back to `pending`: the votes are void, said in the thread, with a new time to expire.

    With `terms` because they changed; the third time that happens the request fails instead, and once they charge more
    than anything may. What comes back leaves its basket: it is asked for on a card of its own, and in the basket's
    thread that is said.
    """
    if terms is not None and (error := _not_to_be_asked(unit, request, terms)):
        fail(unit, request, trail.Failed.model_validate({"error": error, **told.facts()}))
        return
    budgets.release(unit.connection, request.id)
    if unit.rules.monthly_budget is not None:
        in_month = month_told(unit, unit.rules.month(unit.now), told.terms.currency)
        told = told.also(in_month=in_month)
    own_card = None
    if request.is_in_basket:
        own_card, told = _own_card(unit, request), told.also(left=request.basket)
    again = request.asked_again(unit.now + unit.rules.request_expires_after, terms, card=own_card)
    await_decision(unit, move(unit, request, again, told))


def _own_card(unit: Unit, request: PurchaseRequest) -> str:
    """To be posted where that of its basket stands."""
    card = secrets.token_hex(16)
    cards.add(unit.connection, card, cards.get(unit.connection, request.card).channel)
    queue.add(unit.connection, CardLetter(), now=unit.now, request=request.id)
    return card


def _not_to_be_asked(unit: Unit, request: PurchaseRequest, changed: Terms) -> Failure | None:
    if not unit.rules.may_charge(changed.charge):
        return Failure.OVER_MAX_CHARGE
    return Failure.TERMS_KEPT_CHANGING if request.terms_changes + 1 >= TERMS_MAY_CHANGE else None


def refuse(unit: Unit, act: Act, refusal: NotAllowed, about: RequestId | None = None) -> None:
    """Nothing changes; the trail keeps the evidence and the person alone hears why, an operator from the trail.

    Whoever decided in App Home sees it there too.
    """
    told = act.refused(reason=refusal.reason, evidence=refusal.facts(), team=act.team)
    entry = audit.append(unit.connection, at=unit.now, actor=act.user, request=about, told=told)
    if act.user != OPERATOR:
        queue.add(unit.connection, Words.of(refusal, act.by, request=about, wanted=_wanted(act, refusal)), now=unit.now)
    if act.user != OPERATOR and act.by.is_at_home and act.refused is trail.DecisionRefused:
        by = Address(user=act.user, at=unit.now)
        fresh = AskForStatus(team=act.team, trigger_id="", by=by, in_home=True, refusal=entry.seq)
        queue.add(unit.connection, fresh, now=unit.now)


def _wanted(act: Act, refusal: NotAllowed) -> Wanted | None:
    """A form that was sent is closed, and with it goes what somebody wrote."""
    if isinstance(act, Ask) and act.reason and isinstance(refusal, refusals.OfNumbers):
        return Wanted(e164=act.e164, reason=act.reason)
    return None


def await_decision(unit: Unit, request: PurchaseRequest) -> None:
    """The work that time causes for a request that waits for a decision, in the transaction that makes it wait.

    For a basket that of one of it is enough: nobody leaves before the decision.
    """
    expire, remind = Expire(terms_version=request.terms_version), Remind(terms_version=request.terms_version)
    queue.add(unit.connection, expire, now=unit.now, request=request.id, after=request.expires_at)
    pause = unit.rules.remind_after
    if pause is not None and unit.now + pause < request.expires_at:
        queue.add(unit.connection, remind, now=unit.now, request=request.id, after=unit.now + pause)


def await_call(unit: Unit, request: PurchaseRequest) -> None:
    """The work that an approval causes: the purchase, and the end of the approval if that does not happen."""
    queue.add(unit.connection, Purchase(), now=unit.now, request=request.id)
    lapse = Lapse(terms_version=request.terms_version)
    queue.add(unit.connection, lapse, now=unit.now, request=request.id, after=unit.now + APPROVAL_LASTS)


def await_look(unit: Unit, request: RequestId, pauses: Sequence[timedelta]) -> None:
    """The next look at the provider after the first of the pauses, and the further ones after the others."""
    first, *then = pauses
    queue.add(unit.connection, NextLook(pauses=tuple(then)), now=unit.now, request=request, after=unit.now + first)


def await_people(unit: Unit, request: RequestId) -> None:
    """People are to say what became of a purchase, and are reminded daily."""
    queue.drop(unit.connection, Nudge, request)
    queue.add(unit.connection, Nudge(), now=unit.now, request=request, after=unit.now + NUDGE_EVERY)


def has_lapsed(request: PurchaseRequest, now: datetime) -> bool:
    """Is its approval too old to be used?"""
    return request.decided_at is not None and now >= request.decided_at + APPROVAL_LASTS


def refresh_homes(unit: Unit) -> None:
    """Plans a fresh App Home for everybody who opened it within the hour and has none on its way."""
    for team, person in homes.take_stale(unit.connection, since=unit.now - HOME_IS_KEPT_FRESH):
        by = Address(user=person, at=unit.now)
        queue.add(unit.connection, AskForStatus(team=team, trigger_id="", by=by, in_home=True), now=unit.now)
