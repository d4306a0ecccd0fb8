"""What the entries of the trail tell: one frozen model for each event, written and read through it alone.

Used by the module's name: `trail.Approved(…)`, `match entry.told: case trail.Approved(): …`. The names of events and
facts stand in exports and are as stable as the outside; what was added later has a default, so that old entries still
read. Knows nothing of the chain; that is `audit.py`.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import JsonValue

from bot.domain import refusals
from bot.domain.alert import Alert
from bot.domain.facts import (
    FLAT,
    ApproversRead,
    ChargeTold,
    Debit,
    MaybeAmount,
    MaybeMoment,
    Moment,
    MonthTold,
    OneOf,
    Part,
    ProviderSaid,
    Seen,
    TermsTold,
    Together,
    Who,
)
from bot.domain.money import Money
from bot.domain.request import Failure, PurchaseRequest
from bot.domain.similar import Similar


class Event(StrEnum):
    """What happened. The names stand in exports and are not changed."""

    REQUESTED = "requested"
    REQUESTED_ANEW = "requested_anew"
    REQUEST_REFUSED = "request_refused"
    VOTED = "voted"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REMINDED = "reminded"
    CHANGES_REQUESTED = "changes_requested"
    ANSWERED = "answered"
    DECISION_REFUSED = "decision_refused"
    ASKED_AGAIN = "asked_again"
    ATTEMPT_RECORDED = "attempt_recorded"
    NOT_EXECUTED = "not_executed"
    PURCHASED = "purchased"
    FAILED = "failed"
    OFFERED = "offered"
    CHECKING = "checking"
    CHARGED_WITHOUT_NUMBER = "charged_without_number"
    PEOPLE_ASKED = "people_asked"
    LOOK_ASKED = "look_asked"
    WRITTEN_OFF = "written_off"
    SETTLED = "settled"
    SWEEP_ALERT = "sweep_alert"
    SWEEP_FAILED = "sweep_failed"
    FROZEN = "frozen"
    UNFROZEN = "unfrozen"
    PARKED = "parked"
    TAKEN_UP = "taken_up"
    LET_GO = "let_go"
    EXPORTED = "exported"
    ARCHIVED = "archived"
    MOVED = "moved"
    ACKNOWLEDGED = "acknowledged"


class Told(Part):
    """What one entry tells beside who did it, when, and to which request."""

    event: ClassVar[Event]
    who: Who | None = None
    """Where somebody in Slack did it, and Slack said who that is."""


class Requested(Told, defer_build=False):
    """`available` is the account's balance where that does not cover the charge, `can_approve` how many can give the
    votes that it needs where they are too few, `in_month` how the month stood where there is a budget. Of a `basket`
    the first two are about its sum. `again` is the request that ended without a purchase, and whose number, or one like
    it, is asked for again, by its button or within a day after it was denied.
    """

    event = Event.REQUESTED
    terms: Annotated[TermsTold, FLAT]
    reason: str
    team: str
    channel: str
    country: str | None
    region: str | None
    expires_at: Moment
    frozen: bool = False
    available: MaybeAmount = None
    may_overdraw: bool = False
    can_approve: int | None = None
    in_month: Annotated[MonthTold | None, FLAT] = None
    basket: str | None = None
    again: str | None = None


class RequestedAnew(Told):
    """After this request had ended: its number, or one like it, by a new `request`."""

    event = Event.REQUESTED_ANEW
    request: str
    e164: str


class _Refused(Told):
    """`reason` and `evidence` are a refusal's; `team` is that of whoever was refused."""

    reason: str
    evidence: Mapping[str, JsonValue] = {}
    team: str = ""

    @property
    def refusal(self) -> refusals.AnyRefusal:
        return refusals.read(self.reason, self.evidence)


class RequestRefused(_Refused):
    event = Event.REQUEST_REFUSED


class DecisionRefused(_Refused):
    event = Event.DECISION_REFUSED


class Decided(Told):
    """`together` where the same was decided of the others of its basket, each with an entry of its own."""

    together: Together | None = None

    def of_all(self, decided: Sequence[PurchaseRequest]) -> Self:
        """As it is told of a decision about all of these."""
        together = Together.of(decided)
        return self if together is None else self.also(together=together)


class _Counted(Decided):
    """A vote, and whose votes were counted with it."""

    terms: Annotated[TermsTold, FLAT]
    approvers: Annotated[ApproversRead | None, FLAT] = None
    terms_version: int = 0
    needed: int = 1
    voters: tuple[str, ...] = ()

    @property
    def committed(self) -> tuple[Money, ...]:
        """What was decided commits to, a sum for each currency: of a basket, all of it."""
        if self.together is not None:
            return tuple(total.amount for total in self.together.committed)
        return (self.terms.committed,)


class Voted(_Counted):
    """Not the last vote that is needed."""

    event = Event.VOTED


class Approved(_Counted, defer_build=False):
    """By the votes, or with `automatic` by the automatic `limit`."""

    event = Event.APPROVED
    automatic: bool = False
    limit: MaybeAmount = None


class Denied(Decided):
    event = Event.DENIED
    reason: str = ""
    approvers: Annotated[ApproversRead | None, FLAT] = None


class Withdrawn(Decided):
    """By the requester; with `why` by the bot, because Slack did not take the card."""

    event = Event.WITHDRAWN
    why: str | None = None
    code: str | None = None


class Expired(Decided):
    event = Event.EXPIRED


class Reminded(Decided):
    """Of a decision; with `about` of an outcome that people have to say, or of an alert."""

    event = Event.REMINDED
    about: Literal["outcome", "alert"] | None = None


class ChangesRequested(Decided):
    """An approver asks the requester something before deciding."""

    event = Event.CHANGES_REQUESTED
    question: str
    approvers: Annotated[ApproversRead | None, FLAT] = None


class Answered(Decided):
    """The requester's answer to a `question` that `asked_by` asked."""

    event = Event.ANSWERED
    answer: str
    question: str
    asked_by: str


class WhyAgain(StrEnum):
    """Why earlier votes are void."""

    TERMS_CHANGED = "terms_changed"
    BALANCE_TOO_LOW = "balance_too_low"
    FROZEN = "frozen"
    APPROVER_LEFT = "approver_left"
    TERMS_LEFT_OUT = "terms_left_out"
    LIMIT_LOWERED = "limit_lowered"
    LAPSED = "lapsed"


class AskedAgain(Told):
    """`terms` are those that are asked for now, `before` those that changed; `left` is the basket that it leaves."""

    event = Event.ASKED_AGAIN
    why: WhyAgain
    terms: Annotated[TermsTold, FLAT]
    before: TermsTold | None = None
    required: MaybeAmount = None
    available: MaybeAmount = None
    said: Annotated[ProviderSaid | None, FLAT] = None
    approvers: Annotated[ApproversRead | None, FLAT] = None
    in_month: Annotated[MonthTold | None, FLAT] = None
    left: str | None = None


class AttemptRecorded(Told, defer_build=False):
    """`no` counts the attempts of one approval, from 1."""

    event = Event.ATTEMPT_RECORDED
    terms: Annotated[TermsTold, FLAT]
    approvers: Annotated[ApproversRead | None, FLAT] = None
    attempt: str
    no: int = 1


class NotExecuted(Told):
    """Nothing happened at the provider; it is tried again."""

    event = Event.NOT_EXECUTED
    said: Annotated[ProviderSaid | None, FLAT] = None


class Purchased(Told, defer_build=False):
    """`number` holds its details as JSON; `rivals` are requests whose earlier attempts could have made this sale."""

    event = Event.PURCHASED
    attempt: str
    number: str
    provider_request_id: str | None
    paid: Annotated[ChargeTold, FLAT]
    in_month: Annotated[MonthTold | None, FLAT] = None
    rivals: tuple[str, ...] = ()
    late: bool = False
    without_asking: bool = False
    seen: Seen | None = None


class Failed(Told):
    """Nothing was bought, and that is certain."""

    event = Event.FAILED
    error: Failure
    said: Annotated[ProviderSaid | None, FLAT] = None
    missing: str = ""
    """That of `terms.NotForSale`, if the number is still listed."""
    seen: Seen | None = None
    settles_at: MaybeMoment = None
    """Until then the provider may still act on it."""
    why: WhyAgain | None = None
    terms: Annotated[TermsTold | None, FLAT] = None
    before: TermsTold | None = None
    similar: tuple[Similar, ...] = ()
    """As earlier versions offered them; now `Offered` does."""


class Offered(Told):
    """Numbers like one that was gone, at the terms that they had then."""

    event = Event.OFFERED
    similar: tuple[Similar, ...]


class Checking(Told):
    """Nobody knows what came of the call."""

    event = Event.CHECKING
    attempt: str
    said: Annotated[ProviderSaid | None, FLAT] = None


class _Alerted(Told):
    """What approvers were told, and what the provider's support asks for."""

    what: Alert | None = None
    attempt: str | None = None
    owned: bool | None = None
    owned_status: str | None = None
    debits: tuple[Debit, ...] | None = None
    provider_request_id: str | None = None
    called_at: MaybeMoment = None
    in_month: Annotated[MonthTold | None, FLAT] = None
    paid: Annotated[ChargeTold | None, FLAT] = None


class ChargedWithoutNumber(_Alerted):
    """With `seen` a look made it; otherwise another request has the number."""

    event = Event.CHARGED_WITHOUT_NUMBER
    seen: Seen | None = None


class SweepAlert(_Alerted):
    event = Event.SWEEP_ALERT


class SweepFailed(Told):
    """Sweeps cannot read the provider since then; `good_at` is when the last that could began."""

    event = Event.SWEEP_FAILED
    unread: Literal["own_numbers", "ledger"]
    reason: str
    since: Moment
    good_at: MaybeMoment = None


class PeopleAsked(Told):
    event = Event.PEOPLE_ASKED
    seen: Seen | None = None
    attempt: str = ""


class LookAsked(Told):
    event = Event.LOOK_ASKED


class WrittenOff(Told):
    """An approver gave these debits up, or without any says that all is right."""

    event = Event.WRITTEN_OFF
    attempt: str = ""
    debits: tuple[Debit, ...] | None = None
    ledger_unread: bool = False
    """It could not be read then: the debits are those that people were told of before."""


class Settled(Told):
    event = Event.SETTLED
    attempt: str = ""


class Frozen(Told):
    """`out` are calls that may have left, `returned` what needs a new approval. With `own_numbers` by the bot: so many
    the account had when this database was new. With `copied_after` by the bot, too: the database is a copy, which knows
    of nothing later than that.
    """

    event = Event.FROZEN
    out: tuple[OneOf, ...] = ()
    returned: tuple[OneOf, ...] = ()
    own_numbers: int | None = None
    copied_after: MaybeMoment = None


class Unfrozen(Told):
    """With `without_asking` on an operator's word, before the provider was asked what a copy does not know."""

    event = Event.UNFROZEN
    without_asking: bool = False


class Moved(Told):
    """Everything up to this entry came from another database, `left`; from here on this one is the truth."""

    event = Event.MOVED
    left: str = ""
    to: str = ""


class _OfWork(Told):
    """`kind` and `work` are those of its row."""

    kind: str = ""
    work: int = 0
    error: str = ""


class Parked(_OfWork):
    """Work that the bot gave up."""

    event = Event.PARKED


class TakenUp(_OfWork):
    """Work that was parked, or kept failing, is tried again."""

    event = Event.TAKEN_UP


class LetGo(_OfWork):
    """Nobody tries it any more."""

    event = Event.LET_GO


class Exported(Told):
    """Somebody took the trail away, up to this entry: all of it, or what was `since` then."""

    event = Event.EXPORTED
    format: str = ""
    since: MaybeMoment = None


class Archived(Told):
    """The entries from the `first` one `up_to` another were sealed in a file: its SHA-256, and the last one's hash."""

    event = Event.ARCHIVED
    first: int
    up_to: int
    hash: str
    sha256: str


class Acknowledged(Told):
    """An operator knows about what a sweep found: a number, a charge by its id, or an attempt."""

    event = Event.ACKNOWLEDGED
    kind: str = ""
    subject: str = ""


_Asking = Requested | RequestRefused | Voted | Approved | Denied | Withdrawn | Expired | Reminded | DecisionRefused
_Talking = ChangesRequested | Answered
_Buying = AskedAgain | AttemptRecorded | NotExecuted | Purchased | Failed | Offered
_FindingOut = (
    Checking | ChargedWithoutNumber | PeopleAsked | LookAsked | WrittenOff | Settled | SweepAlert | SweepFailed
)
_OfTheService = Frozen | Unfrozen | Parked | TakenUp | LetGo | Exported | Archived | Moved | Acknowledged

AnyTold = _Asking | RequestedAnew | _Talking | _Buying | _FindingOut | _OfTheService

OfDecision = Voted | Approved | Denied | Withdrawn | Expired | Reminded | ChangesRequested | Answered

Announced = Frozen | Unfrozen | Parked | SweepAlert | SweepFailed
"""What may be about no request, and then is told to everybody in the channel."""

_BY_EVENT: Mapping[Event, type[AnyTold]] = {kind.event: kind for kind in get_args(AnyTold)}


def read(event: Event, facts: Mapping[str, JsonValue]) -> AnyTold:
    """As it was written. Raises pydantic's `ValidationError` for what no version wrote."""
    return _BY_EVENT[event].model_validate(dict(facts))
