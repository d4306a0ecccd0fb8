"""How a purchase call ended: bought, refused, or unknown. There is no fourth way.

The client in `bot/vobiz` decides which; the services decide what follows.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber


class Refusal(StrEnum):
    """Why the provider, or the way to it, certainly did not sell."""

    NOT_SENT = "not_sent"
    """No byte left: name not resolved, connection refused, TLS failed."""
    NOT_EXECUTED = "not_executed"
    """429, a bare router answer while reads work, or dropped by us: nothing happened, a later attempt may."""
    BALANCE_TOO_LOW = "balance_too_low"
    NOT_IN_INVENTORY = "not_in_inventory"
    """Not sold by this call; whether an earlier one sold it, own numbers tell."""
    REJECTED = "rejected"
    """400, 401, 403, 422: the provider's words say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """The number is ours by this call."""

    number: OwnedNumber
    provider_request_id: str | None = None
    answered_not_found: bool = False
    """The answer was a 404 and the number is ours all the same: an earlier answer was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing was bought by this call, and that is certain."""

    why: Refusal
    code: str
    """The provider's own code where it gave one, otherwise `http_<status>` or the `Refusal`'s value."""
    message: str
    """The provider's words, or ours where it gave none. Not escaped for any surface."""
    provider_request_id: str | None = None
    required: Money | None = None
    available: Money | None = None
    retry_after: float | None = None
    """Seconds the provider asks to wait, with `NOT_EXECUTED`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The call may have bought the number, or may still do so."""

    reason: str
    """A stable code: `timeout`, `connection_lost`, `http_<status>`, `unreadable`, `too_big`, `other_number`,
    `no_owner`, `not_active`, `process_died`, `sale_of_another_attempt`, `<refusal>_unconfirmed`."""
    message: str = ""
    provider_request_id: str | None = None
    call_is_over: bool = False
    """A 500 in the provider's own JSON form: the call has ended there. Any other unknown may still commit later."""


Outcome = Bought | Refused | Unknown
