"""Looking: the reads that tell what came of a purchase call. Changes nothing, decides nothing.

Own numbers first, the ledger last: at the provider the debit comes before the owner, so a sale that is under way
shows in what is read later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.account import has_a_master
from bot.domain.attempt import Attempt
from bot.domain.explaining import CLOCK_MARGIN, Expected, Other, suspects, unexplained
from bot.domain.ledger import LedgerEntry
from bot.domain.looks import Look
from bot.domain.numbers import OwnedNumber
from bot.domain.terms import Terms
from bot.services.ports import Provider, ProviderUnavailable
from bot.store import attempts
from bot.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Makes looks. Never raises for what the provider does: what could not be read is left open."""

    store: Store
    provider: Provider

    async def at(self, attempt: Attempt, terms: Terms) -> Look:
        try:
            listed = await self.provider.owned(attempt.e164)
        except ProviderUnavailable:
            return Look(is_owned_read=False)
        try:
            on_sale: bool | None = await self.provider.find(attempt.e164) is not None
        except ProviderUnavailable:
            on_sale = None
        look = Look(is_owned_read=True, on_sale=on_sale)
        if listed is not None and listed.may_be_of(terms.account):
            look = replace(look, owned=listed)
        elif listed is not None:
            look = replace(look, owned_by=listed.owner)
        expected = expected_of(attempt, terms)
        try:
            rows = await self.provider.transactions(expected.since - CLOCK_MARGIN)
            debits = None if rows is None else await self._unexplained(rows, expected)
        except ProviderUnavailable:
            return look
        unread = tuple(row for row in rows or () if row.tells_nothing)
        is_closed = rows is None or has_a_master(self.provider.account)
        look = replace(look, debits=debits, unread=unread, is_ledger_closed=is_closed)
        return look.without(await self.store.read(attempts.all_written_off)) if unread else look

    async def _unexplained(self, rows: Sequence[LedgerEntry], expected: Expected) -> tuple[LedgerEntry, ...]:
        written_off = await self.store.read(attempts.all_written_off)
        charges = [row for row in rows if not row.gives_back]  # whose refunds are, only the other numbers tell
        if not suspects(charges, expected, written_off):
            return ()
        own = (await self.provider.own_numbers()).numbers
        others = await self.store.read(lambda connection: others_of(connection, own, expected))
        return unexplained(rows, expected, others, written_off)


def expected_of(attempt: Attempt, terms: Terms) -> Expected:
    """The debits that this attempt would leave behind."""
    return Expected(
        number=attempt.e164,
        number_id=attempt.number_id,
        setup_fee=terms.setup_fee,
        monthly_fee=terms.monthly_fee,
        since=attempt.recorded_at,
    )


def others_of(connection: Connection, own: Sequence[OwnedNumber], expected: Expected) -> list[Other]:
    """Every other number that may explain a debit: our own, and those of the bot's other attempts."""
    since = expected.since - CLOCK_MARGIN
    found = own_as_others(connection, own, since)
    found += [
        Other(number=tried.e164, number_id=tried.number_id, setup_fee=None, monthly_fee=None, is_new=True)
        for tried in attempts.since(connection, since)
    ]
    return [other for other in found if other.number != expected.number]


def own_as_others(connection: Connection, own: Sequence[OwnedNumber], since: datetime) -> list[Other]:
    """Our own numbers as what may explain a debit made at `since` or later."""
    tried = {attempt.e164 for attempt in attempts.since(connection, since)}
    return [
        Other(
            number=number.e164,
            number_id=number.id,
            setup_fee=number.setup_fee,
            monthly_fee=number.monthly_fee,
            is_new=number.e164 in tried or (number.purchased_at is not None and number.purchased_at >= since),
            billed_at=tuple(date for date in (number.last_billing_at, number.next_billing_at) if date is not None),
        )
        for number in own
    ]
