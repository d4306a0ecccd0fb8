"""Who may do what to a request, and how many must agree. Pure questions with typed answers.

Knows nothing of how people data is read: it is handed what was read, and says what follows from it. Names never
decide anything; a person is a (team, user) pair.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from pydantic import JsonValue

from bot.domain.money import Money
from bot.domain.request import UNTIL_THE_CALL_LEAVES, PurchaseRequest, Status
from bot.domain.terms import Terms

PEOPLE_ARE_GOOD_FOR = timedelta(seconds=60)
"""How old people data may be when something is decided on it."""


class Reason(StrEnum):
    """Why something a person did changed nothing. Each has its own words (`handlers/views/refusals.py`)."""

    # who
    NOT_A_FULL_MEMBER = "not_a_full_member"
    PEOPLE_UNREADABLE = "people_unreadable"
    NOT_AN_APPROVER = "not_an_approver"
    NO_APPROVERS = "no_approvers"
    OWN_REQUEST = "own_request"
    NOT_THE_REQUESTER = "not_the_requester"
    # the request
    NO_SUCH_REQUEST = "no_such_request"
    OTHER_CARD = "other_card"
    ALREADY_VOTED = "already_voted"
    TERMS_CHANGED = "terms_changed"
    NO_LONGER_POSSIBLE = "no_longer_possible"
    EXPIRED = "expired"
    FROZEN = "frozen"
    OVER_BUDGET = "over_budget"
    NOT_TO_BE_ASKED_AGAIN = "not_to_be_asked_again"
    # the place
    CHANNEL_NOT_ALLOWED = "channel_not_allowed"
    NO_APPROVAL_CHANNEL = "no_approval_channel"
    # the number
    NOT_IN_INVENTORY = "not_in_inventory"
    NOT_FOR_SALE = "not_for_sale"
    ALREADY_OURS = "already_ours"
    ALREADY_REQUESTED = "already_requested"
    UNSETTLED = "unsettled"
    PROVIDER_UNREADABLE = "provider_unreadable"
    # the outcome
    STILL_FINDING_OUT = "still_finding_out"
    LOOK_DISAGREES = "look_disagrees"
    NOTHING_TO_WRITE_OFF = "nothing_to_write_off"
    ALREADY_KNOWN = "already_known"
    # the freeze
    ALREADY_FROZEN = "already_frozen"
    NOT_FROZEN = "not_frozen"
    # the bot
    CARD_NOT_POSTED = "card_not_posted"
    BOT_FAILED = "bot_failed"


@dataclass(frozen=True, slots=True)
class Allowed:
    """Nothing speaks against it."""


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """`evidence` goes into the audit entry and tells the words what to name."""

    reason: Reason
    evidence: Mapping[str, JsonValue] = field(default_factory=dict)


Verdict = Allowed | NotAllowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who somebody is in the workspace, as read; names are for showing only."""

    team: str
    user: str
    read_at: datetime
    why_not: str | None = None
    """`guest`, `bot`, `deactivated` or `other_workspace` when not a full member of our workspace."""

    @property
    def is_full_member(self) -> bool:
        return self.why_not is None


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
        """May it decide something now? Not when it seems to be of later: nobody knows how old it is then."""
        return timedelta(0) <= now - self.read_at <= PEOPLE_ARE_GOOD_FOR

    def evidence(self, now: datetime) -> dict[str, JsonValue]:
        age = max(0, int((now - self.read_at).total_seconds()))
        return {"list": self.source, "size": len(self.users), "age_seconds": age}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The team's rules from the settings."""

    self_approval: bool = False
    second_above: Mapping[str, Money] | None = None
    """Charges above these need two approvers; `None` when never. A currency that is not named always needs two."""
    auto_up_to: Mapping[str, Money] | None = None
    """Charges up to these need no approver; `None` when never. A currency that is not named is never automatic."""
    budget: Mapping[str, Money] | None = None
    """What a month's approvals may come to; `None` for any. A currency that is not named cannot be approved."""

    def votes_needed(self, charge: Money) -> int:
        if self.second_above is None:
            return 1
        limit = self.second_above.get(charge.currency)
        return 1 if limit is not None and charge <= limit else 2

    def is_automatic(self, terms: Terms) -> bool:
        """Small, and binding nobody to anything: never with a term that the provider left out."""
        limit = (self.auto_up_to or {}).get(terms.currency)
        binds = terms.minimum_commitment_months or terms.identity_check or terms.trial or terms.left_out
        return limit is not None and not binds and terms.charge <= limit

    def budget_in(self, currency: str) -> Money | None:
        """The month's budget, nothing for a currency that the setting does not name; `None` without any budget."""
        if self.budget is None:
            return None
        return self.budget.get(currency, Money(Decimal(0), currency))


def may_request(person: Person) -> Verdict:
    """A full member of our workspace; nobody else."""
    if person.why_not is not None:
        return NotAllowed(Reason.NOT_A_FULL_MEMBER, {"why": person.why_not})
    return Allowed()


def may_ask_to_decide(decision: Decision, request: PurchaseRequest, person: Person, limits: Limits) -> Verdict:
    """What can be said before the list of approvers is read: nobody approves their own, only they withdraw it."""
    if person.why_not is not None:
        return NotAllowed(Reason.NOT_A_FULL_MEMBER, {"why": person.why_not})
    is_requester = _is_requester(person, request)
    if decision is Decision.WITHDRAW and not is_requester:
        return NotAllowed(Reason.NOT_THE_REQUESTER, {"requester": request.requester})
    if decision is Decision.APPROVE and is_requester and not limits.self_approval:
        return NotAllowed(Reason.OWN_REQUEST, {"requester": request.requester})
    return Allowed()


def may_ask_to_resolve(request: PurchaseRequest, person: Person, limits: Limits) -> Verdict:
    """As for an approval: nobody says alone what became of their own request."""
    if person.why_not is not None:
        return NotAllowed(Reason.NOT_A_FULL_MEMBER, {"why": person.why_not})
    if _is_requester(person, request) and not limits.self_approval:
        return NotAllowed(Reason.OWN_REQUEST, {"requester": request.requester})
    return Allowed()


def _is_requester(person: Person, request: PurchaseRequest) -> bool:
    return (person.team, person.user) == (request.team, request.requester)


def is_approver(person: Person, approvers: Approvers, now: datetime) -> Verdict:
    """An empty list means nobody."""
    if not approvers.users:
        return NotAllowed(Reason.NO_APPROVERS, approvers.evidence(now))
    if person.user not in approvers.users:
        return NotAllowed(Reason.NOT_AN_APPROVER, approvers.evidence(now))
    return Allowed()


def can_be_decided(
    decision: Decision, request: PurchaseRequest, digest: str | None, now: datetime, *, frozen: bool
) -> Verdict:
    """Does the request's state allow the decision? Deny and withdraw need no digest: stopping never waits."""
    state: dict[str, JsonValue] = {"status": request.status.value}
    if decision is not Decision.APPROVE:
        return Allowed() if request.status in UNTIL_THE_CALL_LEAVES else NotAllowed(Reason.NO_LONGER_POSSIBLE, state)
    if request.status is not Status.PENDING:
        return NotAllowed(Reason.NO_LONGER_POSSIBLE, state)
    if now >= request.expires_at:
        return NotAllowed(Reason.EXPIRED)
    if digest != request.terms.digest:
        return NotAllowed(Reason.TERMS_CHANGED, {"shown": digest, "present": request.terms.digest})
    if frozen:
        return NotAllowed(Reason.FROZEN)
    return Allowed()


def enough_votes(voters: Iterable[object], approvers: Approvers, needed: int) -> bool:
    """Only votes of people who are approvers now count, each person once."""
    return len(frozenset(voters) & approvers.users) >= needed
