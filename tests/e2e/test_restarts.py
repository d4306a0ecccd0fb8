"""The bot is stopped and started again on its database. Deaths at every point in between: `tests/faults`."""

from bot.domain.request import Status
from bot.sandbox.slack.example import ASHA, NUMBERS
from bot.sandbox.vobiz import ReadMood
from tests.harness.office import Office


async def test_an_approved_request_is_bought_after_a_restart(clocked: Office) -> None:
    card = await clocked.a_card()
    clocked.vobiz.every_read(ReadMood.GARBAGE, route="own_numbers")
    await clocked.approve(card)
    await clocked.shows(card, "The purchase has not left yet.")
    await clocked.told(card, "It is bought next.")
    await clocked.reopen()
    assert clocked.vobiz.purchase_calls == []
    clocked.vobiz.reads_recover()
    await clocked.a_while()
    await clocked.told(card, "is bought.")
    assert len(clocked.vobiz.purchase_calls) == 1


async def test_what_slack_would_not_take_is_told_after_a_restart(clocked: Office) -> None:
    card = await clocked.a_card()
    clocked.slack.workspace.faults.refuse("chat.postMessage", "restricted_action")
    await clocked.withdraw(card)
    await clocked.shows(card, "Withdrawn")
    await clocked.sees(lambda: len(clocked.slack.workspace.calls_of("chat.postMessage")) >= 2)
    await clocked.a_while()
    assert clocked.slack.thread(NUMBERS, card.ts) == []
    await clocked.reopen()
    await clocked.told(card, "withdrew the request")


async def test_what_was_told_before_a_restart_is_not_told_again(office: Office) -> None:
    card = await office.a_card()
    await office.reopen()
    await office.approve(card)
    await office.told(card, "is bought.")
    await office.shows(card, "Bought")
    await office.reopen()
    await office.ask("status")
    await office.hears(ASHA, "purchased")
    assert len(office.slack.messages(NUMBERS)) == 1
    assert len(office.slack.thread(NUMBERS, card.ts)) == 2
    assert len(office.vobiz.purchase_calls) == 1
    [request] = await office.requests()
    assert request.status is Status.PURCHASED
