"""Why something a person did changed nothing: one class for each reason, with its evidence as fields.

The evidence goes into the trail and tells the words what to name (`handlers/views/refusals.py`). Used by the module's
name: `refusals.OverBudget(…)`, `case refusals.OverBudget(): …`.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import JsonValue

from bot.domain.facts import FLAT, Amount, ApproversRead, MaybeAmount, MaybeMoment, Moment, Part, Seen
from bot.domain.versions import NotKnownHere


class NotAllowed(Part):
    """`reason` is the stable code by which the trail and scripts know it."""

    reason: ClassVar[str]


class NotAFullMember(NotAllowed):
    reason = "not_a_full_member"
    why: str
    """`guest`, `bot`, `deactivated` or `other_workspace`."""


class PeopleUnreadable(NotAllowed):
    """Slack could not say who somebody is, or which people belong to this group of the list of approvers."""

    reason = "people_unreadable"
    why: str
    list: str | None = None
    group: str | None = None


class NotAnApprover(NotAllowed):
    reason = "not_an_approver"
    approvers: Annotated[ApproversRead, FLAT]


class NoApprovers(NotAllowed):
    """The list is empty."""

    reason = "no_approvers"
    approvers: Annotated[ApproversRead, FLAT]


class OwnRequest(NotAllowed):
    reason = "own_request"
    requester: str


class NotTheRequester(NotAllowed):
    """Only they withdraw a request, and only they answer for it."""

    reason = "not_the_requester"
    requester: str
    answering: bool = False


class NoSuchRequest(NotAllowed):
    reason = "no_such_request"
    request: str


class OtherCard(NotAllowed):
    """The button stood on another request's message."""

    reason = "other_card"
    request: str
    channel: str
    ts: str


class AlreadyVoted(NotAllowed):
    reason = "already_voted"
    terms_version: int


class Overtaken(NotAllowed):
    """What happened last to the request is why: whoever comes too late asks who let it."""

    last_event: str | None = None
    last_actor: str | None = None
    approved_by: tuple[str, ...] = ()


class TermsChanged(Overtaken):
    """`shown` and `present` are digests."""

    reason = "terms_changed"
    shown: str | None
    present: str


class NoLongerPossible(Overtaken):
    reason = "no_longer_possible"
    status: str


class Expired(Overtaken):
    reason = "expired"


class AskedSince(Overtaken):
    """The click is older than what it answers: approval was asked for again, or a freeze lifted, at `asked_at`."""

    reason = "asked_since"
    clicked_at: Moment
    asked_at: Moment


class Frozen(Overtaken):
    reason = "frozen"
    frozen_at: MaybeMoment = None
    frozen_by: str | None = None


class NoLongerAsked(NotAllowed):
    """That question, the entry of this number, is none about what waits now: it was decided since, and asked anew."""

    reason = "no_longer_asked"
    question: int


class NothingWritten(NotAllowed):
    """A question or an answer without words: no form was opened to write any in."""

    reason = "nothing_written"


class OverBudget(NotAllowed):
    reason = "over_budget"
    charge: Amount
    currency: str
    budget: Amount
    used: Amount
    month: str


class OverMaxCharge(NotAllowed):
    """No purchase may cost that much, whoever approves it; `most` is `None` for a currency that has no limit."""

    reason = "over_max_charge"
    e164: str
    charge: Amount
    currency: str
    most: MaybeAmount


class DayIsFull(NotAllowed):
    """As many were approved as the day may see, or too many for a basket of `asked`; the next begins at `until`."""

    reason = "day_is_full"
    most: int
    until: Moment
    asked: int = 1


class NotToBeAskedAgain(NotAllowed):
    reason = "not_to_be_asked_again"
    status: str


class ChannelNotAllowed(NotAllowed):
    reason = "channel_not_allowed"
    channel: str
    allowed: tuple[str, ...]


class NoApprovalChannel(NotAllowed):
    """`allowed` are the channels where it may be asked, where the settings name them."""

    reason = "no_approval_channel"
    channel: str
    allowed: tuple[str, ...] = ()


class NotInInventory(NotAllowed):
    reason = "not_in_inventory"
    e164: str


class NotForSale(NotAllowed):
    """`missing` is that of `terms.NotForSale`."""

    reason = "not_for_sale"
    e164: str
    missing: str


class AlreadyOurs(NotAllowed):
    reason = "already_ours"
    e164: str


class AlreadyRequested(NotAllowed):
    """Whose request has the number and where its card stands, unless that is private and not the caller's own."""

    reason = "already_requested"
    e164: str
    request: str
    requester: str | None = None
    channel: str | None = None


class Unsettled(NotAllowed):
    """The provider may still act on an earlier attempt, until a sweep at `until` or later finds that it did not.

    No time can be told while sweeps cannot read the provider.
    """

    reason = "unsettled"
    e164: str
    until: MaybeMoment
    is_alerted: bool = False
    """Its debit was alerted, and has to be explained first."""


class ProviderUnreadable(NotAllowed):
    reason = "provider_unreadable"
    e164: str
    why: str


class OneRefused(Part):
    """A number of a basket, and why it cannot be asked for."""

    reason: str
    evidence: Mapping[str, JsonValue]

    @property
    def refusal(self) -> "AnyRefusal":
        return read(self.reason, self.evidence)


class BasketRefused(NotAllowed):
    """Some of its numbers cannot be asked for, so none was."""

    reason = "basket_refused"
    refused: tuple[OneRefused, ...]

    @classmethod
    def of(cls, refused: Iterable[NotAllowed]) -> "BasketRefused":
        return cls(refused=tuple(OneRefused(reason=one.reason, evidence=one.facts()) for one in refused))


def requests_named(why: NotAllowed) -> list[str]:
    """Those whose messages its words name."""
    each = [one.refusal for one in why.refused] if isinstance(why, BasketRefused) else [why]
    return [one.request for one in each if isinstance(one, AlreadyRequested) and one.channel is not None]


class BasketTooLarge(NotAllowed):
    """It holds more numbers than may be asked for at once, or with `a_day` than may be bought in one."""

    reason = "basket_too_large"
    asked: int
    most: int
    a_day: bool = False


class LeftTheBasket(NotAllowed):
    """Each of its numbers has a message of its own by now."""

    reason = "left_the_basket"
    basket: str


class StillFindingOut(NotAllowed):
    reason = "still_finding_out"
    attempt: str
    called_at: Moment
    resolution: str


class LookDisagrees(NotAllowed):
    reason = "look_disagrees"
    seen: Seen
    said: Literal["bought", "not_bought"]
    credited_elsewhere: bool = False


class NothingToWriteOff(NotAllowed):
    reason = "nothing_to_write_off"
    status: str | None
    seen: Seen | None


class AlreadyKnown(NotAllowed):
    reason = "already_known"
    status: str


class AlreadyFrozen(NotAllowed):
    reason = "already_frozen"
    frozen_at: MaybeMoment = None
    frozen_by: str | None = None


class FrozenSince(NotAllowed):
    """It was frozen after that was to be lifted."""

    reason = "frozen_since"
    frozen_at: MaybeMoment = None
    frozen_by: str | None = None


class NotFrozen(NotAllowed):
    reason = "not_frozen"


class NotReconciled(NotAllowed):
    """The database is a copy, found to be one then, and no sweep compared it with the provider since."""

    reason = "not_reconciled"
    copied_at: MaybeMoment = None


class CardNotPosted(NotAllowed):
    """`code` is Slack's."""

    reason = "card_not_posted"
    why: str
    code: str


class NotOffered(NotAllowed):
    """The bot never wrote that button, form or list: `what` is Slack's type, `name` its id, `carried` what it held."""

    reason = "not_offered"
    what: str
    name: str = ""
    carried: str = ""


class NotParked(NotAllowed):
    """That row of work is done, let go, or tried again already."""

    reason = "not_parked"
    work: int


class BotFailed(NotAllowed):
    reason = "bot_failed"
    kind: str
    work: int
    error: str


_Who = NotAFullMember | PeopleUnreadable | NotAnApprover | NoApprovers | OwnRequest | NotTheRequester
_Late = NoSuchRequest | OtherCard | AlreadyVoted | TermsChanged | NoLongerPossible | Expired | AskedSince
_Talk = NoLongerAsked | NothingWritten
_Limits = Frozen | AlreadyFrozen | FrozenSince | NotFrozen | NotReconciled | OverBudget | OverMaxCharge | DayIsFull
_Place = NotToBeAskedAgain | ChannelNotAllowed | NoApprovalChannel
_Number = NotInInventory | NotForSale | AlreadyOurs | AlreadyRequested | Unsettled | ProviderUnreadable
_Basket = BasketRefused | BasketTooLarge | LeftTheBasket
OfNumbers = _Number | OverMaxCharge | BasketRefused
"""Of what was asked for: another number may be asked for, or later."""
_Outcome = StillFindingOut | LookDisagrees | NothingToWriteOff | AlreadyKnown
_Bot = CardNotPosted | NotOffered | NotParked | BotFailed
AnyRefusal = _Who | _Late | _Talk | _Limits | _Place | _Number | _Basket | _Outcome | _Bot

_BY_REASON: Mapping[str, type[AnyRefusal]] = {kind.reason: kind for kind in get_args(AnyRefusal)}


def read(reason: str, evidence: Mapping[str, JsonValue]) -> AnyRefusal:
    """As it was written. Raises `NotKnownHere` for a reason of a newer version, and pydantic's `ValidationError`."""
    if reason not in _BY_REASON:
        raise NotKnownHere(f"the reason {reason}")
    return _BY_REASON[reason].model_validate(dict(evidence))
