"""One of two processes is killed on its way to a purchase: the other finishes what it began, and makes no second call.

The leases and the looks' pauses pass in the database, not on the clock.
"""

from collections.abc import Callable

import pytest

from bot.domain.request import RequestId
from bot.domain.trail import Event
from bot.sandbox.slack import Message
from bot.sandbox.vobiz import Mood
from bot.services.acts import Decide
from bot.services.plans import Purchase
from bot.work.queue import Work
from tests.harness.process import Bot
from tests.races.house import BOUGHT, UNKNOWN, House
from tests.races.locks import Lock, the_attempts, the_gate, the_row

pytestmark = pytest.mark.asyncio(loop_scope="session")


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
    await house.told(card, "is bought.")
    house.ended(card, told=BOUGHT, calls=1)


async def test_what_was_recorded_and_not_called_is_called_by_nobody(house: House, pair: tuple[Bot, Bot]) -> None:
    card = await house.a_card()
    other = await _killed_at(house, card, Purchase, the_gate)
    await house.finds_out(other, card)
    await house.told(card, "was not bought.")
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
    await house.told(card, "nobody knows yet whether")
    if mood is Mood.SOLD_WHEN_RELEASED:
        await house.looked(other, house.request_of(card).id)
        await house.vobiz.release()
    if mood is not Mood.SOLD_NEVER_ANSWERED:
        await house.finds_out(other, card)
    is_sold = mood is not Mood.NEVER_ANSWERED
    await house.told(card, "is bought." if is_sold else "was not bought.")
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
    await house.told(card, "is bought.")
    house.ended(card, told=[*UNKNOWN, Event.PURCHASED], calls=1)
