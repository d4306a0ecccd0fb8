"""Looks: what the provider shows after a purchase call without a definite answer, and what may be said on it.

The table and the times are the state machine's. Knows nothing of how the provider is read.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from bot.domain.ledger import LedgerEntry
from bot.domain.numbers import OwnedNumber

PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 15, 60, 300, 1800))
"""Before each look, the first from the end of the call; after the last one people decide."""

LAST_LOOK_AFTER: Final = sum(PAUSES, timedelta())
"""From the end of the call to the last look, reads not counted."""

LOOK_AGAIN_PAUSES: Final = PAUSES[:2]
"""When a person asks for another look: enough for two that are apart."""

APART: Final = timedelta(seconds=5)
"""Between two clean looks that together are positive evidence."""

COLD_AFTER: Final = timedelta(seconds=60)
"""The later of two clean looks is at least that long after the call ended: the ledger is up to a minute behind."""

SETTLED_AFTER: Final = timedelta(hours=1)
"""So long after a lost answer the provider is taken to be done with the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look showed; `None` for what could not be read, so `owned` says by `is_owned_read` what it means."""

    is_owned_read: bool
    owned: OwnedNumber | None = None
    owned_by: str | None = None
    """Another account that is stated as its owner, a sub-account of ours or a stranger; then it is not ours."""
    on_sale: bool | None = None
    debits: tuple[LedgerEntry, ...] | None = None
    """Those that only this purchase would explain."""
    unread: tuple[LedgerEntry, ...] = ()
    """The ledger's rows since then that tell nothing: any of them may be the debit."""
    is_ledger_closed: bool = False
    """The account's ledger does not tell what it paid, now or ever: a sub-account's charges stand with its master.

    A charge that shows there all the same is one.
    """

    @property
    def is_ledger_unread(self) -> bool:
        """It could not be read, and would tell if it could."""
        return self.debits is None and not self.is_ledger_closed

    def without(self, written_off: frozenset[str]) -> "Look":
        """As it would have been after these debits were given up."""
        if self.debits is None:
            return self
        debits, unread = ([row for row in rows if row.id not in written_off] for rows in (self.debits, self.unread))
        return replace(self, debits=tuple(debits), unread=tuple(unread))


class Verdict(Enum):
    """What one look says."""

    OURS = auto()
    """The number is among our own, usable."""
    CHARGED = auto()
    """A debit that nothing explains, and the number is not ours."""
    CLEAN = auto()
    """Not ours, on sale, no unexplained debit."""
    UNCLEAR = auto()
    """Somebody else's, under way, or a read failed."""


def verdict(look: Look) -> Verdict:
    if look.owned is not None:
        return Verdict.OURS if look.owned.is_usable else Verdict.UNCLEAR
    if look.is_owned_read and look.debits:
        return Verdict.CHARGED
    is_read = look.is_owned_read and look.debits is not None and not (look.is_ledger_closed or look.unread)
    return Verdict.CLEAN if is_read and look.on_sale and look.owned_by is None else Verdict.UNCLEAR


def speaks_against_a_sale(look: Look) -> bool:
    """Were own numbers read without the number, and no unexplained debit seen?

    A ledger that cannot be read, or rows of it that tell nothing, are people's to judge: they are told of them.
    """
    return look.is_owned_read and look.owned is None and not look.debits


def is_unclean(look: Look) -> bool:
    """Does anything that could be read speak against "nothing was bought"? What could not be read says nothing."""
    return bool(look.owned or look.owned_by or look.debits) or look.on_sale is False


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """The looks at one attempt by one machine's monotonic clock, in its seconds: nobody can set that one forward."""

    first: float
    """When the first look that it timed began."""
    clean: float | None = None
    """When the first of the clean ones ended."""

    def bears_out(self, began: float) -> bool:
        """Is so much time past before a clean look that began then as `is_certain` asks for?

        The first look began after the call's end, so the minute is counted from there.
        """
        if self.clean is None:
            return False
        return timedelta(seconds=began - self.clean) >= APART and timedelta(seconds=began - self.first) >= COLD_AFTER


def is_certain(*, clean_since: datetime, call_ended_at: datetime, began_at: datetime) -> bool:
    """Is a clean look that began then, after one that had ended at `clean_since`, evidence enough against a sale?

    By the wall clock, which may have been set: `Timed` has to bear it out. What it read first is as old as its
    beginning, however long its other reads took.
    """
    return began_at - clean_since >= APART and began_at - call_ended_at >= COLD_AFTER
