"""The bot is stopped and started again between any two steps, and goes on where it was."""

from bot.domain.request import Status
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS, VIKRAM
from bot.sandbox.vobiz import ReadMood
from tests.harness.clock import FakeClock
from tests.harness.office import BENGALURU, Office, OpenOffice


async def calls(office: Office, method: str, how_many: int) -> None:
    await office.sees(lambda: len(office.slack.workspace.calls_of(method)) >= how_many)


async def test_a_card_is_approved_after_a_restart(office: Office) -> None:
    card = await office.a_card()
    await office.reopen()
    await office.approve(card)
    await office.told(card, "is bought.")


async def test_a_command_that_was_not_judged_yet_becomes_a_card_after_a_restart(
    open_office: OpenOffice, clock: FakeClock
) -> None:
    office = await open_office(clock=clock)
    office.slack.workspace.faults.drop("users.info")
    await office.ask(BENGALURU)
    await calls(office, "users.info", 1)
    await office.reopen()
    await office.a_while()
    await office.sees(lambda: office.slack.messages(NUMBERS))
    assert len(await office.requests()) == 1


async def test_a_click_that_was_not_judged_yet_counts_after_a_restart(
    open_office: OpenOffice, clock: FakeClock
) -> None:
    office = await open_office(clock=clock)
    card = await office.a_card()
    office.slack.workspace.faults.drop("users.info")
    await office.approve(card)
    await calls(office, "users.info", 2)
    await office.reopen()
    await office.a_while()
    await office.told(card, "is bought.")


async def test_a_first_vote_counts_after_a_restart(open_office: OpenOffice) -> None:
    office = await open_office(SECOND_APPROVAL_ABOVE="INR:100")
    card = await office.a_card()
    await office.approve(card, by=MEERA)
    await office.shows(card, "1 of 2 approvals")
    await office.reopen()
    await office.approve(card, by=VIKRAM)
    await office.shows(card, f"Bought. Approved by <@{MEERA}> and <@{VIKRAM}>")


async def test_an_approved_request_is_bought_after_a_restart(open_office: OpenOffice, clock: FakeClock) -> None:
    office = await open_office(clock=clock)
    card = await office.a_card()
    office.vobiz.every_read(ReadMood.GARBAGE, route="own_numbers")
    await office.approve(card)
    await office.shows(card, "The purchase has not left yet.")
    await office.told(card, "It is bought next.")
    await office.reopen()
    assert office.vobiz.purchase_calls == []
    office.vobiz.reads_recover()
    await office.a_while()
    await office.told(card, "is bought.")
    assert len(office.vobiz.purchase_calls) == 1


async def test_a_card_that_was_not_rewritten_yet_is_rewritten_after_a_restart(
    open_office: OpenOffice, clock: FakeClock
) -> None:
    office = await open_office(clock=clock)
    card = await office.a_card()
    office.slack.workspace.faults.limit("chat.update", times=1, retry_after=2)
    await office.withdraw(card)
    await calls(office, "chat.update", 1)
    await office.reopen()
    await office.a_while()
    await office.shows(card, "Withdrawn")
    await office.told(card, "withdrew the request")


async def test_what_slack_would_not_take_is_told_after_a_restart(open_office: OpenOffice, clock: FakeClock) -> None:
    office = await open_office(clock=clock)
    card = await office.a_card()
    office.slack.workspace.faults.refuse("chat.postMessage", "restricted_action")
    await office.withdraw(card)
    await office.shows(card, "Withdrawn")
    await calls(office, "chat.postMessage", 2)
    await office.a_while()
    assert office.slack.thread(NUMBERS, card.ts) == []
    await office.reopen()
    await office.told(card, "withdrew the request")


async def test_nothing_is_told_twice_after_a_restart(office: Office) -> None:
    card = await office.a_card()
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
