"""What becomes of a purchase whatever the provider does with the call: hours of looks and sweeps, on a moved clock.

After each of them the bot's word is compared with what the provider really sold and charged.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.request import Status
from bot.sandbox.slack import Message
from bot.sandbox.slack.example import ASHA, MEERA
from bot.sandbox.vobiz import Mood, ReadMood, Script
from bot.store import budgets
from tests.harness.moods import NOTHING, SOLD, Moods
from tests.harness.office import BENGALURU, buttons
from tests.harness.timeline import TimedOffice, a_timed_office

MINUTES, HOURS = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
async def timed(tmp_path: Path) -> AsyncIterator[TimedOffice]:
    async with a_timed_office(tmp_path, VOBIZ_TIMEOUT="1s") as office:
        yield office


async def a_purchase(timed: TimedOffice, mood: Mood | Script) -> Message:
    """A card that was approved, and its call is over, answered or not."""
    card = await timed.office.a_card()
    timed.office.vobiz.next_purchase(mood)
    await timed.office.approve(card)
    await timed.rest()
    return card


async def status(timed: TimedOffice) -> Status:
    (request,) = await timed.office.requests()
    return request.status


async def held(timed: TimedOffice) -> tuple[str, str]:
    """What the month has reserved and spent."""
    month = await timed.store.read(lambda connection: budgets.of_month(connection, "2026-11", "INR"))
    return month.reserved.plain(), month.spent.plain()


FOUND: Moods = (Mood.NORMAL, Mood.SOLD_NEVER_ANSWERED, Mood.HUGE_SOLD, Mood.DRIP_SOLD, *SOLD)
FAILED: Moods = (Mood.NEVER_ANSWERED, Mood.HUGE, Mood.DRIP, Mood.REFUSED_422, Mood.GONE_404, *NOTHING)


@pytest.mark.parametrize("mood", [*FOUND, *FAILED])
async def test_whatever_the_answer_was_it_is_found_out_whether_it_was_sold_and_never_called_again(
    timed: TimedOffice, mood: Mood | Script
) -> None:
    is_sold = mood in FOUND
    await a_purchase(timed, mood)
    await timed.live(5 * MINUTES if is_sold else 70 * MINUTES)
    assert await status(timed) is (Status.PURCHASED if is_sold else Status.FAILED)
    assert [sale.e164 for sale in timed.office.vobiz.sales] == ([BENGALURU] if is_sold else [])
    assert len(timed.office.vobiz.purchase_calls) == 1
    assert await held(timed) == ("0", "101" if is_sold else "0")


async def test_a_late_truth_corrects_failed_loudly(timed: TimedOffice) -> None:
    card = await a_purchase(timed, Mood.COMMITS_LATE)
    await timed.live(5 * MINUTES)
    assert await status(timed) is Status.FAILED
    assert await held(timed) == ("101", "0")
    await timed.office.vobiz.release()
    await timed.live(1 * HOURS)
    assert await status(timed) is Status.PURCHASED
    reply = await timed.office.told(card, "bought after all")
    assert f"<@{MEERA}>" in reply.text
    assert f"<@{ASHA}>" in reply.text
    assert await held(timed) == ("0", "101")


@pytest.mark.parametrize("mood", [Mood.DEBIT_ONLY, Mood.DEBIT_ONLY_AND_GONE])
@pytest.mark.parametrize("names_it", [True, False])
async def test_a_charge_without_a_number_is_alerted_at_once_and_is_never_failed(
    timed: TimedOffice, mood: Mood, names_it: bool
) -> None:
    timed.office.vobiz.world.ledger_names_numbers = names_it
    card = await a_purchase(timed, mood)
    await timed.live(2)
    reply = await timed.office.told(card, "money was charged")
    assert "txn_000001" in reply.text
    assert f"<@{MEERA}>" in reply.text
    await timed.live(3 * HOURS)
    assert await status(timed) is Status.CHECKING
    assert await held(timed) == ("101", "0")


async def test_people_are_reminded_daily_until_they_say_it_was_not_bought_and_a_fresh_look_agrees(
    timed: TimedOffice,
) -> None:
    card = await a_purchase(timed, Mood.DEBIT_ONLY_AND_GONE)
    await timed.live(1 * HOURS)
    stands = await timed.office.shows(card, "Say what happened once you know.")
    assert set(buttons(stands)) >= {"resolve_bought", "resolve_not_bought", "look_again"}
    await timed.live(timedelta(days=3))
    replies = timed.office.slack.thread(card.channel, card.ts)
    assert sum("nobody has said yet" in reply.text for reply in replies) == 3
    await timed.office.slack.click(MEERA, card.ts, "resolve_not_bought")
    await timed.office.hears(MEERA, "does not agree")
    assert await status(timed) is Status.CHECKING
    timed.office.vobiz.refund(timed.office.vobiz.ledger[0])
    await timed.office.slack.click(MEERA, card.ts, "resolve_not_bought")
    reply = await timed.office.told(card, "was not bought")
    assert f"<@{MEERA}> said so" in reply.text
    assert await status(timed) is Status.FAILED


async def test_a_person_says_it_was_bought_only_when_the_number_is_ours(timed: TimedOffice) -> None:
    card = await timed.office.a_card()
    timed.office.vobiz.next_purchase(Mood.SOLD_NEVER_ANSWERED)
    await timed.office.approve(card)
    await timed.office.vobiz.purchase_call()
    timed.office.vobiz.every_read(ReadMood.UNAVAILABLE_503, route="own_numbers")
    await timed.rest()
    await timed.live(1 * HOURS)
    await timed.office.slack.click(MEERA, card.ts, "resolve_bought")
    await timed.office.hears(MEERA, "our own numbers could not be read")
    timed.office.vobiz.reads_recover()
    await timed.office.slack.click(MEERA, card.ts, "resolve_bought")
    await timed.office.told(card, "was charged")
    assert await status(timed) is Status.PURCHASED


async def test_while_own_numbers_and_inventory_lag_a_sale_is_not_called_failed(timed: TimedOffice) -> None:
    timed.office.vobiz.hold_lists()
    card = await a_purchase(timed, Mood.SOLD_ANSWER_LOST)
    await timed.live(10 * MINUTES)
    assert await status(timed) is Status.CHECKING
    timed.office.vobiz.release_lists()
    await timed.live(1 * HOURS)
    assert await status(timed) is Status.PURCHASED
    await timed.office.shows(card, "Bought")
