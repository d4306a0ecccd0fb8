"""Who may do what to a request, and how many must agree. Pure questions with typed answers.

Knows nothing of how people data is read: it is handed what was read, and says what follows from it. Names never
decide anything; a person is a (team, user) pair.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain import basket, refusals
from bot.domain.facts import ApproversRead
from bot.domain.refusals import NotAllowed
from bot.domain.request import UNTIL_THE_CALL_LEAVES, PurchaseRequest, Status
from bot.domain.rules import Rules
from bot.domain.terms import Terms

PEOPLE_ARE_GOOD_FOR = timedelta(seconds=60)
"""How old people data may be when something is decided on it."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Nothing speaks against it."""


Permission = Allowed | NotAllowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who somebody is in the workspace, as read; names are for showing only."""

    team: str
    user: str
    name: str = field(default="", compare=False)
    also: frozenset[str] = frozenset()
    """Other ids of the same person."""
    read_at: datetime
    why_not: str | None = None
    """`guest`, `bot`, `deactivated` or `other_workspace` when not a full member of our workspace."""

    @property
    def is_full_member(self) -> bool:
        return self.why_not is None

    def is_fresh(self, now: datetime) -> bool:
        """May something be decided on it now?"""
        return _is_fresh(self.read_at, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvers:
    """Who may decide: user ids of our workspace."""

    users: frozenset[str]
    source: str
    """The setting as written: `U1,S2`."""
    read_at: datetime
    """When the oldest part of it was read."""

    def checked_with(self, people: Iterable[Person]) -> "Approvers":
        """Without those of `people` who are no full members: they approve nothing, whoever lists them."""
        read = [*people]
        gone = {person.user for person in read if not person.is_full_member}
        return replace(self, users=self.users - gone, read_at=min([self.read_at, *(person.read_at for person in read)]))

    def is_fresh(self, now: datetime) -> bool:
        """May something be decided on it now?"""
        return _is_fresh(self.read_at, now)

    def told(self, now: datetime) -> ApproversRead:
        """As the trail keeps it."""
        age = max(0, int((now - self.read_at).total_seconds()))
        return ApproversRead(list=self.source, size=len(self.users), age_seconds=age)


def _is_fresh(read_at: datetime, now: datetime) -> bool:
    """Not when it seems to be of later: nobody knows how old it is then."""
    return timedelta(0) <= now - read_at <= PEOPLE_ARE_GOOD_FOR


class Decision(StrEnum):
    """What a person decides about a request."""

    APPROVE = "approve"
    DENY = "deny"
    WITHDRAW = "withdraw"


class Resolution(StrEnum):
    """What a person says about a purchase whose outcome the bot could not find out."""

    BOUGHT = "resolve_bought"
    NOT_BOUGHT = "resolve_not_bought"
    LOOK_AGAIN = "look_again"
    WRITE_OFF = "write_off"


def may_take_part(person: Person) -> Permission:
    """A full member of our workspace, nobody else; whatever people do needs that, and deciding needs more."""
    return Allowed() if person.why_not is None else refusals.NotAFullMember(why=person.why_not)


def may_approve(request: PurchaseRequest, rules: Rules, person: Person) -> Permission:
    """What can be said before the list of approvers is read: nobody approves their own request.

    Nor says what became of it: resolving takes the same.
    """
    if _is_requester(person, request) and not rules.allow_self_approval and person.is_full_member:
        return refusals.OwnRequest(requester=request.requester)
    return may_take_part(person)


def may_withdraw(request: PurchaseRequest, person: Person) -> Permission:
    """Only whoever asked for it."""
    if person.is_full_member and not _is_requester(person, request):
        return refusals.NotTheRequester(requester=request.requester)
    return may_take_part(person)


def may_answer(request: PurchaseRequest, person: Person) -> Permission:
    """A question is put to whoever asked for the number, and nobody else answers it."""
    verdict = may_withdraw(request, person)
    return verdict.also(answering=True) if isinstance(verdict, refusals.NotTheRequester) else verdict


def _is_requester(person: Person, request: PurchaseRequest) -> bool:
    return person.team == request.team and request.requester in (person.user, *person.also)


def is_approver(person: Person, approvers: Approvers, now: datetime) -> Permission:
    """An empty list means nobody."""
    if not approvers.users:
        return refusals.NoApprovers(approvers=approvers.told(now))
    if person.user not in approvers.users:
        return refusals.NotAnApprover(approvers=approvers.told(now))
    return Allowed()


def may_cost(terms: Terms, rules: Rules) -> Permission:
    """Whoever approves it."""
    if rules.may_charge(terms.charge):
        return Allowed()
    most = (rules.max_charge or {}).get(terms.currency)
    return refusals.OverMaxCharge(e164=terms.e164, charge=terms.charge, currency=terms.currency, most=most)


_MONEY_FIRST = (Status.CHECKING, Status.PURCHASING, Status.PURCHASED, Status.APPROVED)


def tells_most(together: Sequence[PurchaseRequest]) -> PurchaseRequest:
    """Of a basket one for which money may have gone, if there is any: nobody hears then that nothing was bought."""
    return min(together, key=lambda request: [*_MONEY_FIRST, request.status].index(request.status))


def can_be_decided(
    decision: Decision, together: Sequence[PurchaseRequest], digest: str | None, now: datetime, *, frozen: bool
) -> Permission:
    """Does their state allow the decision? Deny and withdraw need no digest: stopping never waits.

    All of a basket wait, or none. What is denied or withdrawn is what has not left: one of them is enough.
    """
    if decision is not Decision.APPROVE:
        can_be_stopped = any(request.status in UNTIL_THE_CALL_LEAVES for request in together)
        return Allowed() if can_be_stopped else refusals.NoLongerPossible(status=tells_most(together).status.value)
    verdict = can_be_asked_about(together, digest, now)
    return refusals.Frozen() if isinstance(verdict, Allowed) and frozen else verdict


def can_be_asked_about(together: Sequence[PurchaseRequest], digest: str | None, now: datetime) -> Permission:
    """Do they wait for a decision, at the terms that were shown?"""
    waits = can_be_answered_for(together, now)
    if isinstance(waits, NotAllowed):
        return waits
    present = basket.digest_of(together)
    return Allowed() if digest == present else refusals.TermsChanged(shown=digest, present=present)


def can_be_answered_for(together: Sequence[PurchaseRequest], now: datetime) -> Permission:
    """Do they wait for a decision?"""
    if passed := [request for request in together if request.status is not Status.PENDING]:
        return refusals.NoLongerPossible(status=tells_most(passed).status.value)
    return refusals.Expired() if any(now >= request.expires_at for request in together) else Allowed()


def answers(asked_at: datetime, clicked_at: datetime) -> Permission:
    """A click says yes to what was asked before it, and to nothing that was asked since."""
    return Allowed() if asked_at <= clicked_at else refusals.AskedSince(clicked_at=clicked_at, asked_at=asked_at)


def whose_votes_count(request: PurchaseRequest, rules: Rules, approvers: Approvers) -> Approvers:
    """Without the requester, who may have voted while the settings still allowed that."""
    if rules.allow_self_approval:
        return approvers
    return replace(approvers, users=approvers.users - {request.requester})


def enough_votes(voters: Iterable[object], approvers: Approvers, needed: int) -> bool:
    """Only votes of people who are approvers now count, each person once."""
    return len(frozenset(voters) & approvers.users) >= needed
