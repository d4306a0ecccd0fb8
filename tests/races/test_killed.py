"""One of two processes is killed on its way to a purchase: the other finishes what it began, and makes no second call.

The leases and the looks' pauses pass in the database, not on the clock.
"""

from datetime import timedelta

import pytest

from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.sandbox.slack import Message
from bot.sandbox.vobiz import Mood
from bot.services.acts import Decide
from bot.services.plans import Purchase
from bot.work.queue import Work
from tests.harness.process import Bot
from tests.races.house import House
from tests.races.locks import the_attempts, the_gate, the_row

pytestmark = pytest.mark.asyncio(loop_scope="session")

TWO_MINUTES = timedelta(minutes=2)
"""More than the ledger is behind."""

APPROVED = [Event.REQUESTED, Event.APPROVED]
UNKNOWN = [*APPROVED, Event.ATTEMPT_RECORDED, Event.CHECKING]


async def _killed(house: House, card: Message, kind: type[Work]) -> tuple[Bot, Bot]:
    """Kills whoever has the work in hand; that one, and the other."""
    dead, other = await house.holder(kind, house.request_of(card).id)
    await dead.kill()
    return dead, other


async def _takes_over(house: House, dead: Bot, other: Bot, card: Message) -> None:
    house.leases_are_over(dead, house.request_of(card).id)
    await house.wakes(other)


async def _finds_out(house: House, other: Bot, card: Message) -> None:
    """It has looked once; when it looks again, it is late enough to be certain."""
    request = house.request_of(card).id
    await house.looked(other, request)
    house.time_passes(request, TWO_MINUTES)
    await house.wakes(other)


def _is_bought_once(house: House, request: PurchaseRequest) -> bool:
    sales = [sale.e164 for sale in house.vobiz.sales].count(request.terms.e164)
    return request.status is Status.PURCHASED and (house.calls_for(request), sales) == (1, 1)


async def test_a_click_that_was_being_judged_is_judged_by_the_other(house: House, pair: tuple[Bot, Bot]) -> None:
    card = await house.a_card()
    request = house.request_of(card)
    with house.held(the_row(request.id)) as held:
        await house.office.approve(card)
        await held.waited_for()
        dead, other = await _killed(house, card, Decide)
    await _takes_over(house, dead, other, card)
    await house.told(card, "is bought.")
    assert _is_bought_once(house, house.request_of(card))
    assert house.events(request.id) == [*APPROVED, Event.ATTEMPT_RECORDED, Event.PURCHASED]


async def test_what_was_not_recorded_yet_is_bought_by_the_other(house: House, pair: tuple[Bot, Bot]) -> None:
    card = await house.a_card()
    with house.held(the_attempts) as held:
        await house.office.approve(card)
        await held.waited_for()
        dead, other = await _killed(house, card, Purchase)
    await _takes_over(house, dead, other, card)
    await house.told(card, "is bought.")
    assert _is_bought_once(house, house.request_of(card))


async def test_what_was_recorded_and_not_called_is_called_by_nobody(house: House, pair: tuple[Bot, Bot]) -> None:
    card = await house.a_card()
    with house.held(the_gate) as held:
        await house.office.approve(card)
        await held.waited_for()
        dead, other = await _killed(house, card, Purchase)
    await house.stands(card, Status.PURCHASING)
    await _takes_over(house, dead, other, card)
    await _finds_out(house, other, card)
    await house.told(card, "was not bought.")
    request = house.request_of(card)
    assert request.status is Status.FAILED
    assert house.calls_for(request) == 0
    assert house.events(request.id) == [*UNKNOWN, Event.FAILED]


async def test_a_call_that_was_out_and_sold_nothing_is_not_made_again(house: House, pair: tuple[Bot, Bot]) -> None:
    card = await house.a_card()
    house.vobiz.next_purchase(Mood.NEVER_ANSWERED)
    await house.office.approve(card)
    await house.call_of(card)
    dead, other = await _killed(house, card, Purchase)
    await _takes_over(house, dead, other, card)
    await house.told(card, "nobody knows yet whether")
    await _finds_out(house, other, card)
    await house.told(card, "was not bought.")
    request = house.request_of(card)
    assert request.status is Status.FAILED
    assert house.calls_for(request) == 1
    assert house.events(request.id) == [*UNKNOWN, Event.FAILED]


async def test_a_call_that_was_out_and_had_sold_is_found_out(house: House, pair: tuple[Bot, Bot]) -> None:
    card = await house.a_card()
    house.vobiz.next_purchase(Mood.SOLD_NEVER_ANSWERED)
    await house.office.approve(card)
    await house.call_of(card)
    dead, other = await _killed(house, card, Purchase)
    await _takes_over(house, dead, other, card)
    await house.told(card, "nobody knows yet whether")
    await house.told(card, "is bought.")
    request = house.request_of(card)
    assert _is_bought_once(house, request)
    assert house.events(request.id) == [*UNKNOWN, Event.PURCHASED]


async def test_a_call_that_sells_after_its_process_died_is_found_out(house: House, pair: tuple[Bot, Bot]) -> None:
    card = await house.a_card()
    house.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
    await house.office.approve(card)
    await house.call_of(card)
    dead, other = await _killed(house, card, Purchase)
    await _takes_over(house, dead, other, card)
    await house.looked(other, house.request_of(card).id)
    await house.vobiz.release()
    await _finds_out(house, other, card)
    await house.told(card, "is bought.")
    request = house.request_of(card)
    assert _is_bought_once(house, request)
    assert house.events(request.id) == [*UNKNOWN, Event.PURCHASED]


async def test_an_answer_that_was_not_kept_yet_is_found_out(house: House, pair: tuple[Bot, Bot]) -> None:
    card = await house.a_card()
    house.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
    await house.office.approve(card)
    await house.call_of(card)
    with house.held(the_row(house.request_of(card).id)) as held:
        await house.vobiz.release()
        await held.waited_for()
        dead, other = await _killed(house, card, Purchase)
    await _takes_over(house, dead, other, card)
    await house.told(card, "is bought.")
    request = house.request_of(card)
    assert _is_bought_once(house, request)
    assert house.events(request.id) == [*UNKNOWN, Event.PURCHASED]
