"""Slack cannot be reached, is slow or loses answers: money does not wait, and card and thread catch up in order."""

from bot.domain.request import Status
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS
from bot.sandbox.vobiz import Mood
from tests.harness.clock import FakeClock
from tests.harness.office import BENGALURU, Office, OpenOffice, buttons


async def is_missed(office: Office, method: str, *, after: int) -> None:
    """A call of this method beyond the first `after` has arrived and was dropped."""
    await office.sees(lambda: len(office.slack.workspace.calls_of(method)) > after)


async def test_what_was_bought_while_slack_was_away_is_told_in_order_when_it_is_back(
    timed: Office,
) -> None:
    card = await office.a_card()
    office.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
    await office.approve(card)
    await office.shows(card, "Being bought right now.")
    await office.told(card, "It is bought next.")
    rewritten = len(office.slack.workspace.calls_of("chat.update"))
    await office.slack.go_away()
    await office.vobiz.release()
    await is_missed(office, "chat.update", after=rewritten)
    [request] = await office.requests()
    assert request.status is Status.PURCHASED
    office.slack.come_back()
    await office.a_while()
    await office.told(card, "is bought.")
    await office.shows(card, "Bought")
    said = [reply.text for reply in office.slack.thread(NUMBERS, card.ts)]
    assert ["approved buying" in said[0], "is bought." in said[1], len(said)] == [True, True, 2]
    assert len(office.slack.messages(NUMBERS)) == 1


async def test_a_command_typed_before_slack_went_away_becomes_a_card_when_it_is_back(
    timed: Office,
) -> None:
    await office.slack.go_away()
    await office.ask(BENGALURU)
    await is_missed(office, "users.info", after=0)
    office.slack.come_back()
    await office.a_while()
    [card] = await office.sees(lambda: office.slack.messages(NUMBERS))
    await office.approve(card)
    await office.told(card, "is bought.")


async def test_a_click_whose_clicker_slack_cannot_name_for_a_minute_changes_nothing(
    timed: Office,
) -> None:
    card = await office.a_card()
    office.slack.workspace.faults.drop("users.info", times=10)
    await office.approve(card)
    await is_missed(office, "users.info", after=1)
    await office.a_while(61)
    await office.hears(MEERA, "Nothing changed: Slack could not say who may do this.")
    assert office.slack.message(NUMBERS, card.ts) == card
    assert office.vobiz.purchase_calls == []


async def test_a_reply_that_slack_puts_off_does_not_overtake_the_one_before(
    timed: Office,
) -> None:
    card = await office.a_card()
    office.slack.workspace.faults.limit("chat.postMessage", retry_after=3)
    await office.approve(card)
    await is_missed(office, "chat.postMessage", after=1)
    await office.vobiz.purchase_call()
    await office.a_while()
    await office.told(card, "is bought.")
    said = [reply.text for reply in office.slack.thread(NUMBERS, card.ts)]
    assert ["approved buying" in said[0], "is bought." in said[1], len(said)] == [True, True, 2]


async def test_a_command_typed_before_slack_refused_the_token_becomes_a_card_when_it_takes_it_again(
    timed: Office,
) -> None:
    office.slack.workspace.faults.refuse("chat.postMessage", "token_revoked")
    await office.ask(BENGALURU)
    await is_missed(office, "chat.postMessage", after=0)
    await office.a_while()
    [card] = await office.sees(lambda: office.slack.messages(NUMBERS))
    await office.approve(card)
    await office.told(card, "is bought.")


async def test_nothing_is_bought_before_the_card_stands(timed: Office) -> None:
    office.slack.workspace.faults.limit("chat.postMessage", retry_after=3)
    await office.ask(BENGALURU)
    await is_missed(office, "chat.postMessage", after=0)
    await office.slack.open_home(MEERA)
    home = await office.sees(lambda: office.slack.home(MEERA))
    assert home is not None
    await office.slack.click(MEERA, home.id, "approve")
    await office.slack.open_home(ASHA)
    seen = await office.sees(lambda: office.slack.home(ASHA))
    assert seen is not None
    assert office.vobiz.purchase_calls == []
    await office.a_while()
    [card] = await office.sees(lambda: office.slack.messages(NUMBERS))
    await office.a_while()
    await office.told(card, "is bought.")


async def test_a_copy_of_the_card_that_a_lost_answer_left_is_rewritten_with_it(
    timed: Office,
) -> None:
    office.slack.workspace.faults.lose_answer("chat.postMessage")
    await office.ask(BENGALURU)
    [copy] = await office.sees(lambda: office.slack.messages(NUMBERS))
    await office.a_while()
    [card] = await office.sees(lambda: office.slack.messages(NUMBERS)[1:])
    await office.approve(copy)
    for message in (copy, card):
        assert buttons(await office.shows(message, "Bought")) == {}
    await office.told(card, "is bought.")
    assert len(office.vobiz.purchase_calls) == 1


async def test_a_card_that_was_deleted_stands_again_when_something_happens(
    open_office: OpenOffice, clock: FakeClock
) -> None:
    office = await open_office(clock=clock, SECOND_APPROVAL_ABOVE="INR:100")
    card = await office.a_card()
    office.slack.workspace.faults.refuse("chat.update", "message_not_found")
    await office.approve(card)
    again = await office.sees(lambda: office.slack.messages(NUMBERS)[1:])
    assert f"1 of 2 approvals, by <@{MEERA}>" in again[0].text
