"""How a purchase ends otherwise than bought: what the card and the thread say, and what can be done next."""

import re
from decimal import Decimal

import pytest

from bot.domain.request import Status
from bot.sandbox.slack import Message
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS, VIKRAM
from bot.sandbox.vobiz import Mood, ReadMood
from tests.harness.clock import FakeClock
from tests.harness.office import BENGALURU, Office, OpenOffice, buttons


def figures_in(message: Message) -> list[str]:
    """The needed and the available amount, without zeros at their ends."""
    [figures] = re.findall(r"too low \((.*?)\)", message.text)
    return [f"{Decimal(figure).normalize():f}" for figure in re.findall(r"[\d.]+", figures)]


@pytest.mark.parametrize(
    ("mood", "words", "code"),
    [
        (Mood.REFUSED_400, "number cannot be purchased", "bad_request"),
        (Mood.REFUSED_403, "complete your KYC first", "forbidden"),
        (Mood.REFUSED_422, "currency not supported", "unprocessable"),
    ],
)
async def test_a_refusal_is_shown_with_the_providers_words_and_request_id(
    open_office: OpenOffice, mood: Mood, words: str, code: str
) -> None:
    office = await open_office()
    card = await office.a_card()
    office.vobiz.next_purchase(mood)
    await office.approve(card)
    failed = await office.shows(card, "Not bought: ")
    reply = await office.told(card, "was not bought")
    for message in (failed, reply):
        assert f"“{words}” (code `{code}`, provider's request id `req_000001`)" in message.text
    [request] = await office.requests()
    assert (request.status, request.error) == (Status.FAILED, "rejected")
    assert len(office.vobiz.purchase_calls) == 1


async def test_after_a_refusal_the_number_can_be_asked_for_again(office: Office) -> None:
    card = await office.a_card()
    office.vobiz.next_purchase(Mood.REFUSED_403)
    await office.approve(card)
    await office.told(card, "was not bought")
    again = await office.a_card()
    await office.approve(again)
    await office.told(again, "is bought.")
    assert [request.status for request in await office.requests()] == [Status.PURCHASED, Status.FAILED]


@pytest.mark.parametrize("mood", [Mood.SOLD_ANSWER_LOST, Mood.DROPPED, Mood.HTML_502, Mood.GARBAGE_SOLD, Mood.EMPTY])
async def test_without_a_definite_answer_everyone_is_told_that_nobody_knows(
    open_office: OpenOffice, clock: FakeClock, mood: Mood
) -> None:
    office = await open_office(clock=clock)
    card = await office.a_card()
    office.vobiz.next_purchase(mood)
    await office.approve(card)
    unknown = await office.shows(card, "Outcome unknown: ")
    reply = await office.told(card, "nobody knows yet whether +91 80 6900 0142 was bought")
    assert reply.text.startswith(f"<@{ASHA}>, <@{MEERA}> and <@{VIKRAM}>: ")
    assert "nobody knows yet whether this number was bought" in unknown.text
    assert buttons(unknown) == {}
    [request] = await office.requests()
    assert request.status is Status.CHECKING


async def test_an_unknown_outcome_is_found_out_after_a_restart_and_not_called_again(
    open_office: OpenOffice, clock: FakeClock
) -> None:
    office = await open_office(clock=clock)
    card = await office.a_card()
    office.vobiz.next_purchase(Mood.SOLD_ANSWER_LOST)
    await office.approve(card)
    unknown = await office.shows(card, "Outcome unknown: ")
    await office.told(card, "nobody knows yet")
    await office.reopen()
    await office.ask("status")
    await office.hears(ASHA, "checking")
    assert office.slack.message(NUMBERS, card.ts) == unknown
    await office.a_while()
    await office.told(card, "is bought.")
    assert len(office.vobiz.purchase_calls) == 1


async def test_a_number_whose_purchase_is_not_known_cannot_be_asked_for(
    open_office: OpenOffice, clock: FakeClock
) -> None:
    office = await open_office(clock=clock)
    card = await office.a_card()
    office.vobiz.next_purchase(Mood.DROPPED)
    await office.approve(card)
    await office.shows(card, "Outcome unknown: ")
    await office.ask(BENGALURU)
    await office.hears(ASHA, "is already requested")
    assert len(office.slack.messages(NUMBERS)) == 1


async def test_a_balance_that_is_too_low_asks_again_with_both_figures_and_no_call(office: Office) -> None:
    card = await office.a_card()
    office.vobiz.set_balance("INR", 50)
    await office.approve(card)
    again = await office.shows(card, "the account's balance is too low")
    reply = await office.told(card, "the account's balance is too low")
    assert [figures_in(message) for message in (again, reply)] == [["101", "50"]] * 2
    assert again.text.startswith("Approve buying")
    assert reply.text.startswith(f"<@{MEERA}> and <@{VIKRAM}>, +91 80 6900 0142 needs a new decision")
    assert office.vobiz.purchase_calls == []
    office.vobiz.set_balance("INR", 500)
    await office.approve(card)
    await office.told(card, "is bought.")


async def test_a_balance_that_the_provider_finds_too_low_asks_again_with_both_figures(office: Office) -> None:
    card = await office.a_card()
    office.vobiz.next_purchase(Mood.BALANCE_402)
    await office.approve(card)
    again = await office.shows(card, "the account's balance is too low")
    reply = await office.told(card, "the account's balance is too low")
    assert [figures_in(message) for message in (again, reply)] == [["101", "50.5"]] * 2
    assert again.text.startswith("Approve buying")
    [request] = await office.requests()
    assert request.status is Status.PENDING
    await office.approve(card)
    await office.told(card, "is bought.")
    assert len(office.vobiz.purchase_calls) == 2


async def test_a_price_that_changed_is_shown_and_has_to_be_approved_anew(office: Office) -> None:
    card = await office.a_card()
    office.vobiz.change_terms(BENGALURU, setup_fee=200, monthly_fee="1.50")
    await office.approve(card)
    again = await office.shows(card, "Charged when bought: INR 201.50")
    await office.told(card, "It now costs INR 201.50 at once and INR 1.50 every month.")
    assert "*Asked again*: the terms changed, so earlier votes do not count." in again.text
    assert office.vobiz.purchase_calls == []
    await office.approve(card, by=VIKRAM)
    await office.told(card, "is bought. INR 201.50 was charged.")
    await office.shows(card, f"Bought. Approved by <@{VIKRAM}>.")


async def test_a_price_that_changed_voids_every_vote(open_office: OpenOffice) -> None:
    office = await open_office(SECOND_APPROVAL_ABOVE="INR:100")
    card = await office.a_card()
    await office.approve(card, by=MEERA)
    await office.shows(card, "1 of 2 approvals")
    office.vobiz.change_terms(BENGALURU, setup_fee=200)
    await office.approve(card, by=VIKRAM)
    await office.shows(card, "0 of 2 approvals")
    await office.approve(card, by=MEERA)
    await office.shows(card, f"1 of 2 approvals, by <@{MEERA}>")
    assert office.vobiz.purchase_calls == []


async def test_a_price_that_rises_while_the_call_is_out_takes_the_month_past_its_budget_and_that_is_said(
    open_office: OpenOffice,
) -> None:
    office = await open_office(MONTHLY_BUDGET="INR:150")
    card = await office.a_card()
    office.vobiz.listen(calls=lambda _: office.vobiz.change_terms(BENGALURU, setup_fee=200))
    await office.approve(card)
    reply = await office.told(card, "*INR 201.00 was charged, but INR 101.00 was approved*")
    assert "is over its budget*: INR 201.00 of INR 150.00 is spent or promised" in reply.text
    other = await office.a_card("+918069000187 for the night shift")
    await office.approve(other)
    await office.hears(MEERA, "would go past the budget")


async def test_a_click_on_terms_that_changed_since_is_refused(office: Office) -> None:
    card = await office.a_card()
    office.vobiz.change_terms(BENGALURU, setup_fee=200)
    await office.approve(card)
    again = await office.shows(card, "INR 201.00")
    await office.slack.forge_click(VIKRAM, card.ts, "approve", value=buttons(card)["approve"])
    await office.hears(VIKRAM, "the terms are not those you saw")
    assert office.slack.message(NUMBERS, card.ts) == again
    assert office.vobiz.purchase_calls == []


async def test_a_number_that_somebody_else_took_fails_without_a_call(office: Office) -> None:
    card = await office.a_card()
    office.vobiz.somebody_else_takes(BENGALURU)
    await office.approve(card)
    await office.shows(card, "The number is not on sale any more.")
    await office.told(card, "was not bought. The number is not on sale any more.")
    assert office.vobiz.purchase_calls == []


async def test_a_number_that_our_people_bought_meanwhile_fails_without_a_call(office: Office) -> None:
    card = await office.a_card()
    office.vobiz.our_people_buy_in_the_console(BENGALURU)
    await office.approve(card)
    await office.shows(card, "already among our own numbers")
    await office.told(card, "already among our own numbers")
    assert office.vobiz.purchase_calls == []


async def test_an_approval_waits_while_the_provider_cannot_be_read(open_office: OpenOffice, clock: FakeClock) -> None:
    office = await open_office(clock=clock)
    card = await office.a_card()
    office.vobiz.next_read(ReadMood.GARBAGE, route="own_numbers")
    await office.approve(card)
    await office.told(card, "It is bought next.")
    assert office.vobiz.purchase_calls == []
    await office.a_while()
    await office.told(card, "is bought.")
    assert len(office.vobiz.purchase_calls) == 1
