"""Somebody freezes while many approvals are judged by two processes: what was ahead of it is bought, nothing behind."""

import asyncio
from random import Random

import pytest
from sqlalchemy import Connection, func, select

from bot.domain.request import Status
from bot.domain.trail import Event
from bot.sandbox.slack import Done, Workspace
from bot.sandbox.slack.example import NUMBERS, VIKRAM
from bot.services.acts import Decide, Freeze
from bot.services.plans import Purchase
from bot.store.tables import audit_entries, work
from bot.work.queue import Lane
from tests.harness.patience import PATIENCE
from tests.harness.process import Bot
from tests.races.house import House
from tests.races.locks import the_claims

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARDS = 8
"""As many as one process takes at once: the ninth act is left to the other."""


@pytest.mark.parametrize("place", [0, 4])
async def test_behind_a_freeze_that_comes_among_approvals_no_attempt_is_recorded(
    house: House, pair: tuple[Bot, Bot], place: int
) -> None:
    chance = Random(place)
    cards = [await house.a_card() for _ in range(CARDS)]
    acts = [house.at(chance.choice(pair), house.office.approve(card)) for card in cards]
    acts.insert(place, house.at(chance.choice(pair), house.office.ask("freeze", by=VIKRAM)))
    with house.held(the_claims(Lane.JUDGE)) as held:
        assert set(await asyncio.gather(*acts)) == {Done()}
        await held.waited_for(*pair)
    await _announced(house, "*Buying is frozen*")
    await house.slack.wait_for(lambda _: house.read(_is_settled), timeout=PATIENCE)

    frozen_at = house.read(_when_frozen)
    for card in cards:
        request = house.request_of(card)
        recorded = [entry.seq for entry in house.trail(request.id) if entry.event is Event.ATTEMPT_RECORDED]
        assert all(seq < frozen_at for seq in recorded)
        assert house.calls_for(request) == len(recorded)
        assert request.status is (Status.PURCHASED if recorded else Status.PENDING)

    await house.office.ask("unfreeze", by=VIKRAM)
    await _announced(house, "*Buying is possible again*")
    for card in cards:
        if house.request_of(card).status is Status.PENDING:
            await house.office.approve(card)
        await house.told(card, "is bought.")
        assert house.calls_for(house.request_of(card)) == 1


def _is_settled(connection: Connection) -> bool:
    """Nothing is left to be judged or bought."""
    left = select(work.c.id).where(work.c.kind.in_([Decide.kind, Freeze.kind, Purchase.kind]))
    return connection.execute(left.limit(1)).first() is None


def _when_frozen(connection: Connection) -> int:
    """The last freeze's number in the trail."""
    last = select(func.max(audit_entries.c.seq)).where(audit_entries.c.event == Event.FROZEN)
    return int(connection.execute(last).scalar_one())


async def _announced(house: House, words: str) -> None:
    """The channel's last word is this."""

    def seen(_: Workspace) -> bool:
        return house.slack.messages(NUMBERS)[-1].text.startswith(words)

    await house.slack.wait_for(seen, timeout=PATIENCE)
