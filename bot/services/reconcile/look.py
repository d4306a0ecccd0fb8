"""Looking: the reads that tell what came of a purchase call. Changes nothing, decides nothing.

Own numbers first, the ledger last: at the provider the debit comes before the owner, so a sale that is under way
shows in what is read later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.account import has_a_master
from bot.domain.attempt import Attempt
from bot.domain.explaining import CLOCK_MARGIN, LONG_AGO, Expected, Known, Ledger
from bot.domain.ledger import LedgerEntry
from bot.domain.looks import Look
from bot.domain.numbers import OwnedNumber
from bot.domain.terms import Terms
from bot.services.buy.credit import sold_before
from bot.services.ports import Provider, ProviderUnavailable
from bot.store import attempts, requests
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
        try:
            expected = await self._expected(attempt, terms, look)
            rows = await self.provider.transactions(expected.since - CLOCK_MARGIN)
        except ProviderUnavailable:
            return look
        written_off = await self.store.read(attempts.all_written_off)
        try:
            debits = None if rows is None else await self._unexplained(rows, attempt, expected, written_off)
        except ProviderUnavailable:  # the ledger shows what only our other numbers may explain
            return replace(look, is_owned_read=look.owned is not None)
        unread = tuple(row for row in rows or () if row.tells_nothing and row.id not in written_off)
        is_closed = rows is None or has_a_master(self.provider.account)
        return replace(look, debits=debits, unread=unread, is_ledger_closed=is_closed)

    async def _expected(self, attempt: Attempt, terms: Terms, look: Look) -> Expected:
        """What is charged for a number of ours stands beside what its sale cost, if that was within the hour."""
        expected = expected_of(attempt, terms)
        if look.owned is None:
            return expected
        tried = await self.store.read(lambda connection: attempts.of_number(connection, attempt.e164))
        sale = sold_before(attempt, tried)
        return expected if sale is None else replace(expected, since=sale.recorded_at)

    async def _unexplained(
        self, rows: Sequence[LedgerEntry], attempt: Attempt, expected: Expected, written_off: frozenset[str]
    ) -> tuple[LedgerEntry, ...]:
        itself = Known(number=attempt.e164, number_id=attempt.number_id)
        charges = [row for row in rows if not row.gives_back]  # whose refunds are, only the other numbers tell
        if not Ledger(charges, [itself], written_off).unexplained(expected):
            return ()
        own = (await self.provider.own_numbers()).numbers
        since = expected.since - CLOCK_MARGIN
        known = await self.store.read_at_length(lambda connection: known_numbers(connection, own, since))
        return Ledger(rows, [itself, *known], written_off).unexplained(expected)


def expected_of(attempt: Attempt, terms: Terms) -> Expected:
    """The debits that this attempt would leave behind."""
    return Expected(number=attempt.e164, charge=terms.charge, since=attempt.recorded_at)


def known_numbers(connection: Connection, own: Iterable[OwnedNumber], since: datetime) -> list[Known]:
    """Whatever may explain a debit made at `since` or later: our own numbers, and those that the bot tried to buy.

    What it bought counts with what was approved once it is not among our own any more.
    """
    made = attempts.since(connection, since)
    tried = {attempt.e164: attempt for attempt in made}
    found = [Known(number=attempt.e164, number_id=attempt.number_id) for attempt in made]
    for number in own:
        attempt = tried.pop(number.e164, None)
        one = Known(
            number=number.e164,
            number_id=number.id,
            setup_fee=number.setup_fee,
            monthly_fee=number.monthly_fee,
            bought_at=number.purchased_at or LONG_AGO if attempt is None else attempt.recorded_at,
            billed_at=tuple(filter(None, (number.last_billing_at, number.next_billing_at))),
        )
        found.append(one)
    let_go = {attempt.request: attempt for attempt in tried.values() if attempt.ending.is_sale}
    for request in requests.among(connection, let_go).values():
        attempt = let_go[request.id]
        one = Known(
            number=attempt.e164,
            number_id=attempt.number_id,
            setup_fee=request.terms.setup_fee,
            monthly_fee=request.terms.monthly_fee,
            bought_at=attempt.recorded_at,
        )
        found.append(one)
    return found
