"""One of two processes stands still beyond its lease: it is taken over, and when it goes on it changes nothing."""

import pytest

from bot.domain.request import RequestId, Status
from bot.domain.trail import Event
from bot.sandbox.slack import Message
from bot.sandbox.vobiz import Mood
from bot.services.plans import NextLook, Purchase
from tests.harness.process import Bot
from tests.races.house import BOUGHT, TWO_MINUTES, UNKNOWN, House
from tests.races.locks import Held, the_attempts, the_gate

pytestmark = pytest.mark.asyncio(loop_scope="session")

LET_GO = "work was taken over by another worker"


async def _stalled(house: House, card: Message, *, at: Held | None = None) -> tuple[Bot, Bot]:
    """Stalls whoever has the purchase in hand, once it waits `at` what is held; that one, and the other."""
    holder, other = await house.holder(Purchase, house.request_of(card).id)
    if at is not None:
        await at.waited_for(holder)
    holder.stall()
    return holder, other


async def _goes_on(stalled: Bot) -> None:
    """It has found out that its work is another's."""
    before = len(stalled.lines)
    stalled.go_on()
    await stalled.logs(LET_GO, after=before, kind=Purchase.kind)


async def test_an_answer_that_a_stalled_process_reads_too_late_changes_nothing(
    house: House, pair: tuple[Bot, Bot]
) -> None:
    card = await house.a_card()
    house.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
    await house.office.approve(card)
    await house.call_of(card)
    stalled, other = await _stalled(house, card)
    await house.vobiz.release()
    await house.takes_over(stalled, other, card)
    await house.told(card, "is bought.")
    await _goes_on(stalled)
    house.ended(card, told=[*UNKNOWN, Event.PURCHASED], calls=1)


async def test_a_call_that_had_not_left_before_its_process_stalled_leaves_no_more(
    house: House, pair: tuple[Bot, Bot]
) -> None:
    card = await house.a_card()
    with house.held(the_gate) as held:
        await house.office.approve(card)
        stalled, other = await _stalled(house, card, at=held)
    await house.stands(card, Status.PURCHASING)
    await house.takes_over(stalled, other, card)
    await _looks_twice(other, house.request_of(card).id)
    await _goes_on(stalled)
    await stalled.logs("provider call failed", reason="dropped", sent=False)
    house.time_passes(house.request_of(card).id, TWO_MINUTES)
    await house.wakes(other)
    await house.told(card, "was not bought.")
    house.ended(card, told=[*UNKNOWN, Event.FAILED], calls=0)


async def _looks_twice(other: Bot, request: RequestId) -> None:
    """That takes longer than a recorded attempt may wait for its call."""
    seen = 0
    for _ in range(2):
        line = await other.logs(
            "provider answered", after=seen, kind=NextLook.kind, request=request, route="transactions"
        )
        seen = other.lines.index(line) + 1


async def test_a_process_that_stalled_while_it_recorded_leaves_the_purchase_to_the_other(
    house: House, pair: tuple[Bot, Bot]
) -> None:
    card = await house.a_card()
    house.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
    with house.held(the_attempts) as held:
        await house.office.approve(card)
        stalled, other = await _stalled(house, card, at=held)
    await house.server_loses_patience(stalled)
    await house.takes_over(stalled, other, card)
    await house.call_of(card)
    stalled.go_on()
    await stalled.logs("work waits", kind=Purchase.kind, reason="the connection was lost during the commit")
    await house.vobiz.release()
    await house.told(card, "is bought.")
    house.ended(card, told=BOUGHT, calls=1)
