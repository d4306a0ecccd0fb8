"""Decide: approve, deny, withdraw. Who may is `domain/policy.py`; here is the one transaction in which it counts."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar, assert_never

from bot.domain import refusals, trail
from bot.domain.basket import committed_by
from bot.domain.facts import TermsTold
from bot.domain.policy import (
    Allowed,
    Approvers,
    Decision,
    Permission,
    Person,
    answers,
    can_be_decided,
    enough_votes,
    may_approve,
    may_cost,
    may_take_part,
    may_withdraw,
    tells_most,
    whose_votes_count,
)
from bot.domain.refusals import NotAllowed
from bot.domain.request import UNTIL_THE_CALL_LEAVES, PurchaseRequest, RequestId, Status
from bot.domain.trail import Event
from bot.services.acts import Act, Decide
from bot.services.budget import full_day, over_budget
from bot.services.people import PeopleData
from bot.services.transitions import await_call, move_together, refuse, show
from bot.services.unit import Unit, Units
from bot.store import audit, cards, control, requests, votes
from bot.watch import Decided, Watch
from bot.work.queue import Claim

Known = TypeVar("Known", Approvers, Person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """Judges clicks on cards and deny forms, one request's in the order they came."""

    units: Units
    people: PeopleData
    watch: Watch = field(default_factory=Watch)

    async def judge(self, held: Claim, act: Decide) -> None:
        """Raises `TryLater` while Slack cannot say who clicked, and when waiting for the locks made that too old."""
        together, voters = await self.units.read(_clicked, act)
        if not together:
            await self.units.finish(held, refuse_unknown, act, act.request)
            return
        match act.decision:
            case Decision.APPROVE:
                approvers = await self._who_approves(act, together[0], voters)
                counts = await self.units.finish(held, self._approve, act, together, approvers)
            case Decision.DENY:
                approvers = await self.people.entitled(act, may_take_part)
                counts = await self.units.finish(held, self._deny, act, together, approvers)
            case Decision.WITHDRAW:
                person = await self.people.allowed(act, partial(may_withdraw, together[0]))
                counts = await self.units.finish(held, self._withdraw, act, together, person)
            case _:
                assert_never(act.decision)
        if counts:
            self.watch.tell(Decided(act.decision.value, (self.units.clock.now() - act.at).total_seconds()))

    async def _who_approves(
        self, act: Decide, request: PurchaseRequest, voters: Sequence[str]
    ) -> Approvers | NotAllowed:
        """The approvers, without voters who are none any more."""
        found = await self.people.entitled(act, partial(may_approve, request, self.units.rules))
        if isinstance(found, NotAllowed):
            return found
        return await self.people.counting(act, found, request.team, voters)

    def _approve(self, unit: Unit, act: Decide, read: Sequence[PurchaseRequest], found: Approvers | NotAllowed) -> bool:
        """Whether the click counts.

        The votes are counted after the requests' rows are locked, so two voters cannot both count one.
        A repeated vote is none, but it has the votes counted anew: who counts, and how many it takes, may have changed.
        Those of a basket have all the same votes.
        """
        opened = self._opened(unit, act, read, found)
        if opened is None:
            return False
        unit, together, approvers = opened
        request = together[0]
        counting = whose_votes_count(request, unit.rules, approvers)
        needed = unit.rules.votes_needed(*committed_by(together))
        before = votes.voters(unit.connection, request)
        is_repeated = act.user in before
        voters = before if is_repeated else [*before, act.user]
        enough = enough_votes(voters, counting, needed)
        if is_repeated and not enough:
            refuse(unit, act, refusals.AlreadyVoted(terms_version=request.terms_version), request.id)
            return False
        limit = _limit_passed(unit, together, approves=enough)
        if limit is not None:
            refuse(unit, act, limit, request.id)
            return False
        vote = trail.Approved if enough else trail.Voted

        def told(request: PurchaseRequest) -> trail.Voted | trail.Approved:
            return vote(
                terms=TermsTold.of(request.terms),
                approvers=approvers.told(unit.now),
                terms_version=request.terms_version,
                needed=needed,
                voters=tuple(voter for voter in voters if voter in counting.users),
            )

        def arrow(request: PurchaseRequest) -> PurchaseRequest:
            return request.approved(unit.now) if enough else request.voted()

        for moved in move_together(unit, together, arrow, told, by=act.user, before_expiry=True):
            if not is_repeated:
                votes.add(unit.connection, moved, act.user, at=unit.now, entry=moved.entry)
            if enough:
                await_call(unit, moved)
        return True

    def _deny(self, unit: Unit, act: Decide, read: Sequence[PurchaseRequest], found: Approvers | NotAllowed) -> bool:
        opened = self._opened(unit, act, read, found)
        if opened is not None:
            unit, together, approvers = opened
            told = trail.Denied(reason=act.reason, approvers=approvers.told(unit.now))
            _stop(unit, act, together, lambda request: request.denied(unit.now), told)
        return opened is not None

    def _withdraw(self, unit: Unit, act: Decide, read: Sequence[PurchaseRequest], found: Person | NotAllowed) -> bool:
        opened = self._opened(unit, act, read, found)
        if opened is not None:
            unit, together, _ = opened
            _stop(unit, act, together, lambda request: request.withdrawn(unit.now), trail.Withdrawn())
        return opened is not None

    def _opened(
        self, unit: Unit, act: Decide, read: Sequence[PurchaseRequest], found: Known | NotAllowed
    ) -> tuple[Unit, Sequence[PurchaseRequest], Known] | None:
        """The request or the basket, locked, as of after its locks, and by whom it is decided.

        Otherwise `None`, and that was told. Raises `TryLater` when waiting for the locks made people data too old.
        """
        counts_the_day = act.decision is Decision.APPROVE and unit.rules.max_purchases_per_day is not None
        frozen = control.is_frozen(unit.connection, alone=counts_the_day)
        together = requests.lock_together(unit.connection, read)
        unit = unit.at(self.units.clock.now())
        if not isinstance(found, NotAllowed):
            found = self.people.fresh(act, found, unit.now)
        if not together:
            refuse_unknown(unit, act, act.request)
            return None
        card = _card_clicked(unit, together[0], act)
        verdict = found if isinstance(found, NotAllowed) else _stands(unit, together, act, card, frozen=frozen)
        if isinstance(verdict, NotAllowed):
            refuse(unit, act, verdict, together[0].id)
        if isinstance(found, NotAllowed) or isinstance(verdict, NotAllowed):
            return None
        return unit, together, found


def _clicked(unit: Unit, act: Decide) -> tuple[Sequence[PurchaseRequest], Sequence[str]]:
    """What was clicked, a request or all of a basket, and who voted for it so far."""
    together = requests.decided_with(unit.connection, act.request)
    return together, votes.voters(unit.connection, together[0]) if together else []


def refuse_unknown(unit: Unit, act: Act, request: RequestId) -> None:
    """There is no such request, or nobody is in such a basket any more."""
    left = requests.asked_together(unit.connection, request)
    refuse(
        unit,
        act,
        refusals.LeftTheBasket(basket=request) if left else refusals.NoSuchRequest(request=request),
        left[0].id if left else None,
    )


def _stop(
    unit: Unit,
    act: Decide,
    together: Sequence[PurchaseRequest],
    arrow: Callable[[PurchaseRequest], PurchaseRequest],
    told: trail.Denied | trail.Withdrawn,
) -> None:
    """Of a basket all whose call has not left."""
    stopped = [request for request in together if request.status in UNTIL_THE_CALL_LEAVES]
    move_together(unit, stopped, arrow, lambda _: told, by=act.user)


def _limit_passed(unit: Unit, together: Sequence[PurchaseRequest], *, approves: bool) -> NotAllowed | None:
    """Why it cannot be bought now, whoever votes for it; when it can and this `approves` it, the charges are held."""
    for request in together:
        cost = may_cost(request.terms, unit.rules)
        if isinstance(cost, NotAllowed):
            return cost
    return (full_day(unit, together) if approves else None) or over_budget(unit, together, reserves=approves)


def _stands(unit: Unit, together: Sequence[PurchaseRequest], act: Decide, card: str, *, frozen: bool) -> Permission:
    """Is it still to be decided, by a button of its own message? Whoever comes too late hears who was first."""
    request = together[0]
    if act.message is not None and card != request.card:
        channel, ts = act.message
        return refusals.OtherCard(request=request.id, channel=channel, ts=ts)
    verdict = can_be_decided(act.decision, together, act.digest, unit.now, frozen=frozen)
    if isinstance(verdict, Allowed) and act.decision is Decision.APPROVE:
        verdict = _is_meant(unit, request, act)
    return told_by_whom(unit, tells_most(together), verdict) if isinstance(verdict, refusals.Overtaken) else verdict


def told_by_whom(unit: Unit, request: PurchaseRequest, verdict: refusals.Overtaken) -> refusals.Overtaken:
    """With what happened last to the request, and who let it."""
    last = audit.get(unit.connection, request.entry)
    verdict = verdict.also(last_event=last.event.value, last_actor=last.actor)
    approved_by = votes.counted(unit.connection, request) if request.status in SINCE_THE_APPROVAL else []
    if approved_by:
        verdict = verdict.also(approved_by=tuple(approved_by))
    if isinstance(verdict, refusals.Frozen) and (switched := control.frozen_by(unit.connection)):
        verdict = verdict.also(frozen_at=switched[0], frozen_by=switched[1])
    return verdict


def _is_meant(unit: Unit, request: PurchaseRequest, act: Decide) -> Permission:
    """Not by a click from before approval was asked for again, or from before a freeze was lifted."""
    again = audit.newest_of(unit.connection, request.id, (Event.ASKED_AGAIN,)) if request.terms_version > 1 else None
    times = (None if again is None else again.at, control.lifted_at(unit.connection))
    return answers(max((at for at in times if at is not None), default=act.at), act.at)


SINCE_THE_APPROVAL = (Status.PURCHASING, Status.CHECKING, Status.PURCHASED, Status.FAILED)
"""States that the bot itself leads into: whoever comes too late asks who let it."""


def _card_clicked(unit: Unit, request: PurchaseRequest, act: Decide) -> str:
    """The card that was clicked, itself or a copy.

    A message of ours that we do not know was left by an answer that is lost, or still to come. It is the request's
    card, if that is not known to stand; otherwise a copy, rewritten with the card from now on.
    """
    if act.message is None:
        return request.card
    if known := cards.standing_at(unit.connection, *act.message):
        return known
    card = cards.lock(unit.connection, request.card)
    if known := cards.standing_at(unit.connection, *act.message):
        return known
    channel, ts = act.message
    if card.ts is None and card.channel == channel:
        cards.posted(unit.connection, card.id, ts=ts, shown=0, at=unit.now)
    else:
        cards.remember_copy(unit.connection, card.id, copy=secrets.token_hex(16), channel=channel, ts=ts, at=unit.now)
    show(unit, request)
    return card.id
