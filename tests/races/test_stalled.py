"""One of two processes stands still beyond its lease: it is taken over, and when it goes on it changes nothing."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.domain.audit import Event
from bot.domain.request import Status
from bot.sandbox.slack import Message
from bot.sandbox.vobiz import Mood
from bot.store.work import Kind
from tests.races.house import House, Serve, the_attempts, the_gate

pytestmark = pytest.mark.asyncio(loop_scope="module")

TWO_MINUTES = timedelta(minutes=2)
UNKNOWN = [Event.REQUESTED, Event.APPROVED, Event.ATTEMPT_RECORDED, Event.CHECKING]

LET_GO = "work was taken over by another worker"


async def _stalled(house: House, card: Message) -> tuple[Serve, Serve]:
    """Stalls whoever has the purchase in hand; that one, and the other."""
    holder, other = await house.holder(Kind.PURCHASE, house.request_of(card).id)
    holder.stall()
    return holder, other


async def _takes_over(house: House, other: Serve, card: Message) -> None:
    house.lease_is_over(house.request_of(card).id)
    await house.wakes(other)


async def _goes_on(stalled: Serve) -> None:
    """It has found out that its work is another's."""
    stalled.go_on()
    await stalled.logs(LET_GO, kind=Kind.PURCHASE)


async def _ended(house: House, card: Message, *, told: Sequence[Event], calls: int) -> None:
    """Nothing but this was ever told of it, and so many calls were made."""
    request = house.request_of(card)
    assert house.told(request.id) == told
    assert house.calls_for(request) == calls
    assert [sale.e164 for sale in house.vobiz.sales].count(request.terms.e164) == (request.status is Status.PURCHASED)


async def test_an_answer_that_a_stalled_process_reads_too_late_changes_nothing(
    house: House, pair: tuple[Serve, Serve]
) -> None:
    card = await house.a_card()
    house.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
    await house.office.approve(card)
    await house.call_of(card)
    stalled, other = await _stalled(house, card)
    await house.vobiz.release()
    await _takes_over(house, other, card)
    await house.office.told(card, "is bought.")
    await _goes_on(stalled)
    await _ended(house, card, told=[*UNKNOWN, Event.PURCHASED], calls=1)


async def test_a_call_that_had_not_left_before_its_process_stalled_leaves_no_more(
    house: House, pair: tuple[Serve, Serve]
) -> None:
    card = await house.a_card()
    with house.held(the_gate):
        await house.office.approve(card)
        await house.waiting(how_many=1)
        stalled, other = await _stalled(house, card)
    await house.stands(card, Status.PURCHASING)
    seen = len(other.lines)
    await _takes_over(house, other, card)
    await _looks_twice(other, after=seen)
    await _goes_on(stalled)
    await stalled.logs("provider call failed", reason="dropped", sent=False)
    house.time_passes(house.request_of(card).id, TWO_MINUTES)
    await house.wakes(other)
    await house.office.told(card, "was not bought.")
    await _ended(house, card, told=[*UNKNOWN, Event.FAILED], calls=0)


async def _looks_twice(other: Serve, *, after: int) -> None:
    """That takes longer than a recorded attempt may wait for its call."""
    for _ in range(2):
        line = await other.logs("provider answered", after=after, route="transactions")
        after = other.lines.index(line) + 1


async def test_a_process_that_stalled_while_it_recorded_finds_that_the_other_buys(
    house: House, pair: tuple[Serve, Serve]
) -> None:
    card = await house.a_card()
    house.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
    with house.held(the_attempts):
        await house.office.approve(card)
        await house.waiting(how_many=1)
        stalled, other = await _stalled(house, card)
    await house.server_loses_patience(stalled)
    await _takes_over(house, other, card)
    await house.call_of(card)
    await _goes_on(stalled)
    await house.vobiz.release()
    await house.office.told(card, "is bought.")
    bought = [Event.REQUESTED, Event.APPROVED, Event.ATTEMPT_RECORDED, Event.PURCHASED]
    await _ended(house, card, told=bought, calls=1)
