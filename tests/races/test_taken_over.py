"""One of two processes is killed, or stands still beyond its lease, on its way to a purchase: the other takes over.

It makes no second call, and whoever goes on later changes nothing. Leases and pauses pass in the database, not on the
clock.
"""

from collections.abc import Callable

import pytest

from bot.domain.request import RequestId, Status
from bot.domain.trail import Event
from bot.sandbox.slack import Message
from bot.sandbox.vobiz import Mood
from bot.services.acts import Decide
from bot.services.plans import NextLook, Purchase
from bot.work.queue import Work
from tests.harness.process import Bot
from tests.races.house import BOUGHT, TWO_MINUTES, UNKNOWN, House
from tests.races.locks import Held, Lock, the_attempts, the_gate, the_row

pytestmark = pytest.mark.asyncio(loop_scope="session")

# killed


async def _killed(house: House, card: Message, kind: type[Work]) -> tuple[Bot, Bot]:
    """Kills whoever has the work in hand; that one, and the other."""
    dead, other = await house.holder(kind, house.request_of(card).id)
    await dead.kill()
    return dead, other


async def _killed_at(house: House, card: Message, kind: type[Work], lock: Lock) -> Bot:
    """The same once it waits for what is held; the other one, which takes over."""
    with house.held(lock) as held:
        await house.office.approve(card)
        await held.waited_for()
        dead, other = await _killed(house, card, kind)
    await house.takes_over(dead, other, card)
    return other


@pytest.mark.parametrize(
    ("kind", "lock"),
    [(Decide, the_row), (Purchase, lambda _: the_attempts)],
    ids=["while it judged the click", "before it recorded the attempt"],
)
async def test_what_no_call_was_recorded_of_is_done_by_the_other(
    house: House, pair: tuple[Bot, Bot], kind: type[Work], lock: Callable[[RequestId], Lock]
) -> None:
    card = await house.a_card()
    await _killed_at(house, card, kind, lock(house.request_of(card).id))
    await house.office.told(card, "is bought.")
    house.ended(card, told=BOUGHT, calls=1)


async def test_what_was_recorded_and_not_called_is_called_by_nobody(house: House, pair: tuple[Bot, Bot]) -> None:
    card = await house.a_card()
    other = await _killed_at(house, card, Purchase, the_gate)
    await house.finds_out(other, card)
    await house.office.told(card, "was not bought.")
    house.ended(card, told=[*UNKNOWN, Event.FAILED], calls=0)


@pytest.mark.parametrize("mood", [Mood.NEVER_ANSWERED, Mood.SOLD_NEVER_ANSWERED, Mood.SOLD_WHEN_RELEASED])
async def test_of_a_call_that_was_out_it_is_found_out_whether_it_sold_then_or_later(
    house: House, pair: tuple[Bot, Bot], mood: Mood
) -> None:
    card = await house.a_card()
    house.vobiz.next_purchase(mood)
    await house.office.approve(card)
    await house.call_of(card)
    dead, other = await _killed(house, card, Purchase)
    await house.takes_over(dead, other, card)
    await house.office.told(card, "nobody knows yet whether")
    if mood is Mood.SOLD_WHEN_RELEASED:
        await house.looked(other, house.request_of(card).id)
        await house.vobiz.release()
    if mood is not Mood.SOLD_NEVER_ANSWERED:
        await house.finds_out(other, card)
    is_sold = mood is not Mood.NEVER_ANSWERED
    await house.office.told(card, "is bought." if is_sold else "was not bought.")
    house.ended(card, told=[*UNKNOWN, Event.PURCHASED if is_sold else Event.FAILED], calls=1)


async def test_an_answer_that_was_not_kept_yet_is_found_out(house: House, pair: tuple[Bot, Bot]) -> None:
    card = await house.a_card()
    house.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
    await house.office.approve(card)
    await house.call_of(card)
    with house.held(the_row(house.request_of(card).id)) as held:
        await house.vobiz.release()
        await held.waited_for()
        dead, other = await _killed(house, card, Purchase)
    await house.takes_over(dead, other, card)
    await house.office.told(card, "is bought.")
    house.ended(card, told=[*UNKNOWN, Event.PURCHASED], calls=1)


# stalled


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
    await stalled.logs("work was taken over by another worker", after=before, kind=Purchase.kind)


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
    await house.office.told(card, "is bought.")
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
    await house.office.told(card, "was not bought.")
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
    await house.office.told(card, "is bought.")
    house.ended(card, told=BOUGHT, calls=1)
