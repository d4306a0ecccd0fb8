"""What stands in the way of a number before anybody decides: asked while somebody looks for one, and when they ask."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.domain import refusals
from bot.domain.looks import SETTLED_AFTER
from bot.domain.numbers import E164
from bot.domain.policy import may_cost
from bot.domain.refusals import NotAllowed
from bot.domain.request import RequestId
from bot.domain.rules import Rules
from bot.domain.terms import Terms
from bot.services.acts import Ask
from bot.services.reconcile.sweep import first_sweep_from
from bot.services.tell.cards import have_its_card_seen_to
from bot.services.unit import Unit
from bot.store import attempts, cards, requests
from bot.store.store import DatabaseAway, Store

LISTS_LAG = timedelta(minutes=1)
"""A number may still be listed for so long after it was sold."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What a form may offer. While the database is away that is everything: the judge asks again."""

    store: Store
    clock: Clock
    rules: Rules

    async def taken(self, numbers: Collection[E164], *, age: float) -> set[E164]:
        """Which of these, a few hundred at most, nobody can ask for now; they were listed `age` seconds ago."""
        since = self.clock.now() - timedelta(seconds=age) - LISTS_LAG
        try:
            return await self.store.read(
                lambda connection: (
                    requests.open_among(connection, numbers) | attempts.held_among(connection, numbers, since=since)
                ),
                urgent=True,
            )
        except DatabaseAway as away:
            log.warning("numbers are offered whoever has them", reason=str(away))
            return set()

    async def refusal(self, ask: Ask, terms: Terms | None) -> NotAllowed | None:
        """Why the judge will refuse it, as far as that is known without the provider; `terms` where they are known.

        The card that the words name is seen to: somebody may have deleted it.
        """
        cost = None if terms is None else may_cost(terms, self.rules)
        if isinstance(cost, NotAllowed):
            return cost
        now = self.clock.now()
        try:
            found = await self.store.read(
                lambda connection: in_the_way(Unit(connection, now, self.rules), ask.e164, ask), urgent=True
            )
        except DatabaseAway:
            return None
        named = [] if found is None else [*map(RequestId, refusals.requests_named(found))]
        if named:
            with suppress(DatabaseAway):
                await self.store.write(lambda it: _see_to(Unit(it, now, self.rules), named), urgent=True)
        return found


def _see_to(unit: Unit, named: Sequence[RequestId]) -> None:
    for request in named:
        if (found := requests.get(unit.connection, request)) is not None:
            have_its_card_seen_to(unit, found)


def in_the_way(unit: Unit, number: E164, ask: Ask) -> NotAllowed | None:
    """Something else for the number is open, or may still be bought."""
    other = requests.open_for(unit.connection, number)
    if other is not None:
        if other.is_private and (other.team, other.requester) != (ask.team, ask.user):
            return refusals.AlreadyRequested(e164=number, request=other.id)
        channel = cards.get(unit.connection, other.card).channel
        return refusals.AlreadyRequested(e164=number, request=other.id, requester=other.requester, channel=channel)
    unsettled = [attempt for attempt in attempts.of_number(unit.connection, number) if attempt.is_unsettled]
    if unsettled:
        until = first_sweep_from(unit, max(attempt.call_ended for attempt in unsettled) + SETTLED_AFTER)
        is_alerted = any(attempt.alerted_at is not None for attempt in unsettled)
        return refusals.Unsettled(e164=number, until=until, is_alerted=is_alerted)
    return None
