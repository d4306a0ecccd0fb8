"""The bot is stopped and started again between any two steps, and goes on where it was."""

from bot.domain.request import Status
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS, VIKRAM
from bot.sandbox.vobiz import ReadMood
from tests.harness.office import BENGALURU, Office, OpenOffice


async def calls(office: Office, method: str, how_many: int) -> None:
    await office.sees(lambda: len(office.slack.workspace.calls_of(method)) >= how_many)


async def test_what_was_typed_and_clicked_and_not_judged_yet_counts_after_a_restart(timed: Office) -> None:
    timed.slack.workspace.faults.drop("users.info")
    await timed.ask(BENGALURU)
    await calls(timed, "users.info", 1)
    await timed.reopen()
    await timed.a_while()
    [card] = await timed.sees(lambda: timed.slack.messages(NUMBERS))
    asked = len(timed.slack.workspace.calls_of("users.info"))
    timed.slack.workspace.faults.drop("users.info")
    await timed.approve(card)
    await calls(timed, "users.info", asked + 1)
    await timed.reopen()
    await timed.a_while()
    await timed.told(card, "is bought.")
    assert len(await timed.requests()) == 1


async def test_a_first_vote_counts_after_a_restart(open_office: OpenOffice) -> None:
    office = await open_office(SECOND_APPROVAL_ABOVE="INR:100")
    card = await office.a_card()
    await office.approve(card, by=MEERA)
    await office.shows(card, "1 of 2 approvals")
    await office.reopen()
    await office.approve(card, by=VIKRAM)
    await office.shows(card, f"Bought. Approved by <@{MEERA}> and <@{VIKRAM}>")


async def test_an_approved_request_is_bought_after_a_restart(timed: Office) -> None:
    card = await timed.a_card()
    timed.vobiz.every_read(ReadMood.GARBAGE, route="own_numbers")
    await timed.approve(card)
    await timed.shows(card, "The purchase has not left yet.")
    await timed.told(card, "It is bought next.")
    await timed.reopen()
    assert timed.vobiz.purchase_calls == []
    timed.vobiz.reads_recover()
    await timed.a_while()
    await timed.told(card, "is bought.")
    assert len(timed.vobiz.purchase_calls) == 1


async def test_a_card_that_was_not_rewritten_yet_is_rewritten_after_a_restart(timed: Office) -> None:
    card = await timed.a_card()
    timed.slack.workspace.faults.limit("chat.update", times=1, retry_after=2)
    await timed.withdraw(card)
    await calls(timed, "chat.update", 1)
    await timed.reopen()
    await timed.a_while()
    await timed.shows(card, "Withdrawn")
    await timed.told(card, "withdrew the request")


async def test_what_slack_would_not_take_is_told_after_a_restart(timed: Office) -> None:
    card = await timed.a_card()
    timed.slack.workspace.faults.refuse("chat.postMessage", "restricted_action")
    await timed.withdraw(card)
    await timed.shows(card, "Withdrawn")
    await calls(timed, "chat.postMessage", 2)
    await timed.a_while()
    assert timed.slack.thread(NUMBERS, card.ts) == []
    await timed.reopen()
    await timed.told(card, "withdrew the request")


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
