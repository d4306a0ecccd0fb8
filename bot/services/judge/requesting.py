"""Requesting: what may be asked for becomes requests, one for each number, with one card for all and one decision."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain import trail
from bot.domain.basket import charged_by, committed_by
from bot.domain.facts import TermsTold
from bot.domain.money import Money
from bot.domain.numbers import Listing
from bot.domain.policy import Approvers, Person
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.domain.terms import Terms
from bot.services.acts import Ask
from bot.services.budget import full_day, month_told, over_budget
from bot.services.letters import CardLetter
from bot.services.ports import Balance
from bot.services.transitions import await_call, await_decision, move, move_together, refresh_homes, show
from bot.services.unit import Unit
from bot.store import audit, budgets, cards, requests
from bot.work import queue

DENIED_LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the provider said about the numbers, for whom; `balances` are those that it told.

    `approvers` are there when a second approval may be needed, and Slack said who they are.
    """

    asker: Person
    account: str
    """The one that would buy."""
    listings: Sequence[Listing]
    balances: Mapping[str, Balance]
    """By currency."""
    approvers: Approvers | None


def request_all(unit: Unit, ask: Ask, offer: Offer, offered: Sequence[Terms], *, frozen: bool) -> None:
    """Makes a request for each of these, with one card for all."""
    before = None if ask.again is None else requests.lock(unit.connection, ask.again)
    made = _new(unit, ask, offer.listings, offered)
    cards.add(unit.connection, made[0].card, unit.rules.approval_channel or ask.channel)
    for request in sorted(
        made, key=lambda request: request.terms.e164
    ):  # so that two baskets do not wait for each other
        requests.add(unit.connection, request)
    if unit.rules.is_automatic(*offered):
        for currency in sorted({terms.currency for terms in offered}):
            budgets.lock(unit.connection, unit.rules.month(unit.now), currency)
    if before is not None:
        anew = trail.RequestedAnew(request=made[0].id, e164=made[0].terms.e164)
        show(unit, move(unit, before, before.noted(), anew, by=ask.user, silently=True))
    asked = []
    for request in made:
        told = _requested(unit, ask, request, made, offer, frozen=frozen)
        entry = audit.append(unit.connection, at=unit.now, actor=ask.user, request=request.id, told=told)
        asked.append(requests.entered(unit.connection, request, entry.seq))
    refresh_homes(unit)
    queue.add(unit.connection, CardLetter(requester=ask.by), now=unit.now, request=asked[0].thread)
    if frozen or not _approve_automatically(unit, asked):
        await_decision(unit, asked[0])


def _new(unit: Unit, ask: Ask, listings: Sequence[Listing], offered: Sequence[Terms]) -> list[PurchaseRequest]:
    """One for each number, with one card; ids rise as the numbers were asked for."""
    ids = sorted(secrets.token_hex(16) for _ in offered)
    card = secrets.token_hex(16)
    return [
        PurchaseRequest(
            id=RequestId(request),
            card=card,
            basket=card if len(offered) > 1 else None,
            team=ask.team,
            channel=ask.channel,
            requester=ask.user,
            reason=ask.reason,
            terms=terms,
            country=listing.country,
            region=listing.region,
            capabilities=listing.capabilities,
            is_private=ask.is_private,
            created_at=unit.now,
            expires_at=unit.now + unit.rules.request_expires_after,
        )
        for request, listing, terms in zip(ids, listings, offered, strict=True)
    ]


def _requested(
    unit: Unit, ask: Ask, request: PurchaseRequest, together: Sequence[PurchaseRequest], offer: Offer, *, frozen: bool
) -> trail.Requested:
    """With what those who decide should know, of a basket about its sum.

    What the account lacks (a postpaid one may go below zero), how many can approve it where that is not enough (whoever
    asked is not among them), and how the month stands.
    """
    currency = request.terms.currency
    charge = next(total for total in charged_by(together) if total.currency == currency)
    balance = offer.balances.get(currency)
    told = trail.Requested(
        terms=TermsTold.of(request.terms),
        reason=request.reason,
        team=request.team,
        channel=request.channel,
        country=request.country,
        region=request.region,
        expires_at=request.expires_at,
        frozen=frozen,
    )
    if request.basket is not None:
        told = told.also(basket=request.basket)
    again = ask.again or _denied_lately(unit, request)
    if again is not None:
        told = told.also(again=again)
    if balance is not None and balance.available < charge.amount:
        available = Money.at_most(balance.available, charge.currency)
        told = told.also(available=available, may_overdraw=balance.may_overdraw)
    if offer.approvers is not None:
        able = len(offer.approvers.users - {request.requester})
        if able < unit.rules.votes_needed(*committed_by(together)):
            told = told.also(can_approve=able)
    if unit.rules.monthly_budget is not None:
        told = told.also(in_month=month_told(unit, unit.rules.month(unit.now), charge.currency))
    return told


def _denied_lately(unit: Unit, request: PurchaseRequest) -> RequestId | None:
    """The newest request for the number, whoever's, that was denied within a day: whoever decides now should know.

    What was asked for in private is told where it was asked alone.
    """
    for before in requests.of_number(unit.connection, request.terms.e164):
        is_told_here = not before.is_private or before.channel == request.channel
        if before.status is Status.DENIED and is_told_here and before.decided_at is not None:
            return before.id if unit.now - before.decided_at <= DENIED_LATELY else None
    return None


def _approve_automatically(unit: Unit, together: Sequence[PurchaseRequest]) -> bool:
    """Once, here, without a vote: a small charge, also in sum, that binds nobody, while day and month have room."""
    rules = unit.rules
    if not rules.is_automatic(*(request.terms for request in together)):
        return False
    if full_day(unit, together) or over_budget(unit, together, reserves=True):
        return False

    def told(request: PurchaseRequest) -> trail.Approved:
        limit = (rules.auto_approve_up_to or {})[request.terms.currency]
        return trail.Approved(terms=TermsTold.of(request.terms), automatic=True, limit=limit)

    for moved in move_together(unit, together, lambda request: request.approved(unit.now, automatically=True), told):
        await_call(unit, moved)
    return True
