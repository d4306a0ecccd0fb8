"""One request for one number, and every way its state may change. `bot/DESIGN.md`'s state machine, and nothing else.

A `PurchaseRequest` changes only through the methods here; each is one arrow, returns a new value, and raises
`WrongState` where the machine has no such arrow. Who may take an arrow is `policy.py`'s question; keeping it is the
store's.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.domain.terms import Terms

RequestId = NewType("RequestId", str)
"""32 hex digits, random: 128 bits."""


class Status(StrEnum):
    """A request's state, as exports and scripts know it."""

    PENDING = "pending"
    APPROVED = "approved"
    PURCHASING = "purchasing"
    CHECKING = "checking"
    PURCHASED = "purchased"
    FAILED = "failed"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def is_open(self) -> bool:
        return self in OPEN


class Failure(StrEnum):
    """Why a request failed: the stable codes that scripts read."""

    ALREADY_OURS = "already_ours"
    NOT_IN_INVENTORY = "not_in_inventory"
    TERMS_KEPT_CHANGING = "terms_kept_changing"
    OVER_MAX_CHARGE = "over_max_charge"
    NOT_BOUGHT = "not_bought"
    """Looks, or people, found that the call bought nothing."""
    SOLD_TO_ANOTHER_REQUEST = "sold_to_another_request"
    NOT_SENT = "not_sent"
    NOT_EXECUTED = "not_executed"
    REJECTED = "rejected"


OPEN = (Status.PENDING, Status.APPROVED, Status.PURCHASING, Status.CHECKING)
"""One number has at most one request in these states."""

UNTIL_THE_CALL_LEAVES = (Status.PENDING, Status.APPROVED)

TERMS_MAY_CHANGE = 3
"""At the third change of terms a request fails: the number's terms do not hold still."""

ATTEMPTS_AN_APPROVAL = 3


class WrongState(Exception):
    """The machine has no arrow from the request's present state to the one asked for."""

    def __init__(self, status: Status, asked: Status) -> None:
        super().__init__(f"{status} cannot become {asked}")
        self.status = status
        self.asked = asked


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseRequest:
    """Times are UTC. `terms_version` counts the approvals asked for, `row_version` every change of the row."""

    id: RequestId
    team: str
    channel: str
    """Where it was asked for; its card may stand elsewhere."""
    requester: str
    reason: str
    terms: Terms
    country: str | None = None
    region: str | None = None
    capabilities: tuple[str, ...] | None = None
    status: Status = Status.PENDING
    row_version: int = 1
    terms_version: int = 1
    terms_changes: int = 0
    is_automatic: bool = False
    """The present approval came from the automatic limit, without a vote."""
    is_private: bool = False
    """Asked for where not everybody reads: shown to its requester and to approvers alone."""
    attempts: int = 0
    """Attempts of the present approval."""
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None = None
    purchased_at: datetime | None = None
    error: Failure | None = None
    entry: int = 0
    """The audit entry that its card shows: the last that told of it."""
    cause: int = 0
    """The audit entry that brought it into its present state."""
    card: str = ""
    basket: str | None = None
    """The id shared by what was asked for together; it is that of their card."""

    @property
    def is_open(self) -> bool:
        return self.status.is_open

    @property
    def may_have_attempts(self) -> bool:
        """Of this approval or of one before."""
        is_first_approval = self.status in (Status.PENDING, Status.APPROVED) and self.terms_version == 1
        return self.attempts > 0 or not is_first_approval

    @property
    def is_in_basket(self) -> bool:
        """It shares a card and its decisions with what was asked for beside it, and has not left since."""
        return self.basket is not None and self.basket == self.card

    @property
    def thread(self) -> RequestId:
        """What the work on its card and in its thread is filed under: itself, or its basket."""
        return RequestId(self.card) if self.is_in_basket else self.id

    def voted(self) -> "PurchaseRequest":
        """A vote came in that is not the last one needed."""
        return self._from(Status.PENDING, to=Status.PENDING)

    def approved(self, now: datetime, *, automatically: bool = False) -> "PurchaseRequest":
        approved = self._from(Status.PENDING, to=Status.APPROVED)
        return replace(approved, decided_at=now, attempts=0, error=None, is_automatic=automatically)

    def denied(self, now: datetime) -> "PurchaseRequest":
        return replace(self._from(*UNTIL_THE_CALL_LEAVES, to=Status.DENIED), decided_at=now)

    def withdrawn(self, now: datetime) -> "PurchaseRequest":
        return replace(self._from(*UNTIL_THE_CALL_LEAVES, to=Status.WITHDRAWN), decided_at=now)

    def expired(self, now: datetime) -> "PurchaseRequest":
        return replace(self._from(Status.PENDING, to=Status.EXPIRED), decided_at=now)

    def asked_again(
        self, expires_at: datetime, terms: Terms | None = None, *, card: str | None = None
    ) -> "PurchaseRequest":
        """Back to `pending`: votes are void. With `terms`, because they changed; with a `card` it leaves its basket."""
        return replace(
            self._from(Status.APPROVED, Status.PURCHASING, to=Status.PENDING),
            terms=terms or self.terms,
            card=card or self.card,
            terms_version=self.terms_version + 1,
            terms_changes=self.terms_changes + (terms is not None),
            decided_at=None,
            is_automatic=False,
            attempts=0,
            expires_at=expires_at,
        )

    def purchasing(self) -> "PurchaseRequest":
        """An attempt is recorded; its call may leave."""
        return replace(self._from(Status.APPROVED, to=Status.PURCHASING), attempts=self.attempts + 1)

    def not_executed(self) -> "PurchaseRequest":
        """The attempt closed without having been executed; another one may follow."""
        return self._from(Status.PURCHASING, to=Status.APPROVED)

    def noted(self) -> "PurchaseRequest":
        """Something about it was said; its state stays."""
        return replace(self, row_version=self.row_version + 1)

    def checking(self) -> "PurchaseRequest":
        return self._from(Status.PURCHASING, Status.CHECKING, to=Status.CHECKING)

    def purchased(self, now: datetime) -> "PurchaseRequest":
        """Also out of `failed`, when the truth comes late."""
        known = self._from(Status.PURCHASING, Status.CHECKING, Status.FAILED, to=Status.PURCHASED)
        return replace(known, purchased_at=now, error=None)

    def failed(self, error: Failure) -> "PurchaseRequest":
        return replace(self._from(Status.APPROVED, Status.PURCHASING, Status.CHECKING, to=Status.FAILED), error=error)

    def _from(self, *before: Status, to: Status) -> "PurchaseRequest":
        if self.status not in before:
            raise WrongState(self.status, to)
        return replace(self, status=to, row_version=self.row_version + 1)
