"""Debits: what one sweep read at the provider, and which of the ledger's rows are about which attempt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.attempt import Attempt
from bot.domain.explaining import CLOCK_MARGIN, suspects, unexplained
from bot.domain.ledger import LedgerEntry
from bot.domain.numbers import E164, OwnedNumber
from bot.services.reconcile.look import expected_of, others_of
from bot.services.unit import Case, Unit
from bot.store import attempts

WATCHED_FOR = timedelta(days=7)
"""How long after a call its number and its debits are compared; later changes are made by people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What one sweep read; `rows` is `None` for an account that may not read its ledger."""

    own: Mapping[E164, OwnedNumber]
    rows: Sequence[LedgerEntry] | None
    began: datetime
    """What follows from it is as of then: the provider may have gone on since."""

    def bought_by(self, account: str, number: E164) -> OwnedNumber | None:
        """The number, unless another account is stated as its owner: that is nothing our call bought."""
        owned = self.own.get(number)
        return owned if owned is not None and owned.may_be_of(account) else None


def watched_from(unit: Unit, attempt: Attempt) -> datetime:
    """From when on the debits for its number are the attempt's to explain: those of earlier attempts are, too.

    Tried on the 1st, bought on the 3rd, let go, tried on the 5th: the last one's from the 5th on, because what was
    charged before the number was sold the last time is that sale's. Without that sale, from the 1st on.
    """
    oldest = attempt.recorded_at
    for other in attempts.of_number(unit.connection, attempt.e164):
        if other.entry >= attempt.entry:
            continue
        if other.ending.is_sale or attempt.recorded_at - other.recorded_at > WATCHED_FOR:
            break
        oldest = other.recorded_at
    return oldest


def _watched_until(unit: Unit, attempt: Attempt) -> datetime:
    """Days later, or when the number is tried again: one that was sold and let go may be sold once more."""
    until = attempt.recorded_at + WATCHED_FOR
    if not attempt.ending.is_sale:
        return until
    later = [other for other in attempts.of_number(unit.connection, attempt.e164) if other.entry > attempt.entry]
    return min([until, *(other.recorded_at - CLOCK_MARGIN for other in later)])


def unexplained_debits(case: Case, swept: Swept) -> tuple[LedgerEntry, ...] | None:
    """Those that only the attempt would explain; `None` for an unread ledger.

    A row that names nobody and is stamped days later is not this call's, whatever its size.
    """
    attempt = case.attempt
    if swept.rows is None:
        return None
    until = attempt.recorded_at + WATCHED_FOR
    rows = [
        row for row in swept.rows if row.at is None or row.at <= until or row.names(attempt.e164, attempt.number_id)
    ]
    expected = expected_of(attempt, case.request.terms)
    others = others_of(case.unit.connection, list(swept.own.values()), expected)
    return unexplained(rows, expected, others, attempts.all_written_off(case.unit.connection))


def unread_rows(case: Case, swept: Swept) -> tuple[LedgerEntry, ...]:
    """The rows of its days that tell nothing: while it is unsettled each may be its charge, and people have to say."""
    attempt = case.attempt
    if not attempt.is_unsettled:
        return ()
    given_up = attempts.all_written_off(case.unit.connection)
    earliest = attempt.recorded_at - CLOCK_MARGIN
    rows = [row for row in swept.rows or () if row.tells_nothing and row.id not in given_up]
    return of_its_days(attempt, [row for row in rows if row.at is None or row.at >= earliest])


def named_debits(case: Case, swept: Swept, given_up: frozenset[str]) -> list[LedgerEntry]:
    """Those that name the number in the days that are the attempt's; next month's rental is not among them."""
    attempt = case.attempt
    expected = replace(expected_of(attempt, case.request.terms), since=watched_from(case.unit, attempt))
    until = _watched_until(case.unit, attempt)
    found = [row for row in suspects(swept.rows or (), expected, given_up) if row.at is None or row.at <= until]
    return [row for row in found if row.names(attempt.e164, attempt.number_id)]


def of_its_days(attempt: Attempt, rows: Sequence[LedgerEntry]) -> tuple[LedgerEntry, ...]:
    until = attempt.recorded_at + WATCHED_FOR
    return tuple(row for row in rows if row.at is None or row.at <= until)
