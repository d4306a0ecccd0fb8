"""One purchase attempt: how it stands, and what is known of its call.

Knows nothing of what may follow from that; looks, sweeps and people end it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter

from bot.domain.facts import Seen
from bot.domain.looks import Timed
from bot.domain.money import Money
from bot.domain.numbers import E164, OwnedNumber
from bot.domain.request import RequestId


class Ending(StrEnum):
    """How an attempt stands."""

    OPEN = "open"
    BOUGHT = "bought"
    """The answer to the call said so."""
    FOUND = "found"
    """It was found among our own numbers later."""
    REFUSED = "refused"
    UNEXECUTED = "unexecuted"
    BY_LOOKS = "by_looks"
    """Looks at the provider found that nothing was bought."""
    BY_PERSON = "by_person"
    """People said so, and a look made for that agreed."""
    ON_WORD = "on_word"
    """An operator said so, and the provider was not asked."""

    @property
    def is_sale(self) -> bool:
        return self in SALES


SALES = (Ending.BOUGHT, Ending.FOUND)
DEFINITE = (Ending.REFUSED, Ending.UNEXECUTED)
NOT_DEFINITE = (Ending.BY_LOOKS, Ending.BY_PERSON, Ending.ON_WORD)
"""Ended without a definite word of the provider's: a late truth may still correct it."""


_NUMBER = TypeAdapter(OwnedNumber)


def details_of(number: OwnedNumber) -> str:
    """A number as it is kept: JSON."""
    return _NUMBER.dump_json(number).decode()


def number_of(details: str) -> OwnedNumber:
    """As `details_of` wrote it."""
    return _NUMBER.validate_json(details)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One purchase call, past or present."""

    id: str
    request: RequestId
    e164: E164
    number_id: str | None
    """The provider's id of the number, as listed right before the call."""
    recorded_at: datetime
    lease_until: datetime
    call_ended_at: datetime | None
    ending: Ending
    call_is_over: bool
    settled_at: datetime | None
    """When it was certain that nothing of it can still happen."""
    code: str | None
    message: str | None
    provider_request_id: str | None
    sale: str | None
    charged: Money | None
    details: str | None
    """The number as the provider returned it, as it is kept: JSON."""
    frozen_since: bool
    clean_since: datetime | None
    timed: Mapping[str, Timed]
    """Its looks by the boot whose monotonic clock timed them; what is clean there counts while `clean_since` stands."""
    last_look: str | None
    """What the last look showed, or what approvers were alerted of, as it is kept: JSON."""
    asks_people: bool
    alerted_at: datetime | None
    written_off: frozenset[str]
    """The ledger's ids of debits that an approver gave up."""
    confirmed_at: datetime | None
    entry: int

    @property
    def number(self) -> OwnedNumber | None:
        """As the provider returned it."""
        return None if self.details is None else number_of(self.details)

    @property
    def seen(self) -> Seen | None:
        """What the last look showed, or what approvers were alerted of."""
        return None if self.last_look is None else Seen.model_validate(json.loads(self.last_look))

    @property
    def call_ended(self) -> datetime:
        """With its lease at the latest: the call's own deadline is taken from it."""
        return self.call_ended_at or self.lease_until

    @property
    def is_unsettled(self) -> bool:
        return self.ending in NOT_DEFINITE and self.settled_at is None
