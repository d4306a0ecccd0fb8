"""Slack cannot be reached, is slow or loses answers: money does not wait, and card and thread catch up in order."""

import pytest

from bot.domain.request import Status
from bot.sandbox.slack.example import NUMBERS
from bot.sandbox.vobiz import Mood
from tests.harness.office import BENGALURU, Office, buttons


async def is_missed(office: Office, method: str, *, after: int = 0) -> None:
    """A call of this method beyond the first `after` has arrived and was dropped."""
    await office.sees(lambda: len(office.slack.workspace.calls_of(method)) > after)


async def test_what_was_bought_while_slack_was_away_is_told_in_order_when_it_is_back(timed: Office) -> None:
    card = await timed.a_card()
    timed.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
    await timed.approve(card)
    await timed.shows(card, "Being bought right now.")
    await timed.told(card, "It is bought next.")
    rewritten = len(timed.slack.workspace.calls_of("chat.update"))
    await timed.slack.go_away()
    await timed.vobiz.release()
    await is_missed(timed, "chat.update", after=rewritten)
    [request] = await timed.requests()
    assert request.status is Status.PURCHASED
    timed.slack.come_back()
    await timed.a_while()
    await timed.told(card, "is bought.")
    await timed.shows(card, "Bought")
    decision, outcome = [reply.text for reply in timed.slack.thread(NUMBERS, card.ts)]
    assert "approved buying" in decision
    assert "is bought." in outcome
    assert len(timed.slack.messages(NUMBERS)) == 1


@pytest.mark.parametrize("what", ["went away", "refused the token"])
async def test_a_command_typed_before_slack_went_becomes_a_card_when_it_is_back(timed: Office, what: str) -> None:
    if what == "went away":
        await timed.slack.go_away()
    else:
        timed.slack.workspace.faults.refuse("chat.postMessage", "token_revoked")
    await timed.ask(BENGALURU)
    await is_missed(timed, "users.info" if what == "went away" else "chat.postMessage")
    timed.slack.come_back()
    await timed.a_while()
    [card] = await timed.sees(lambda: timed.slack.messages(NUMBERS))
    await timed.approve(card)
    await timed.told(card, "is bought.")


async def test_a_copy_of_the_card_that_a_lost_answer_left_is_rewritten_with_it(timed: Office) -> None:
    timed.slack.workspace.faults.lose_answer("chat.postMessage")
    await timed.ask(BENGALURU)
    [copy] = await timed.sees(lambda: timed.slack.messages(NUMBERS))
    await timed.a_while()
    [card] = await timed.sees(lambda: timed.slack.messages(NUMBERS)[1:])
    await timed.approve(copy)
    for message in (copy, card):
        assert buttons(await timed.shows(message, "Bought")) == {}
    await timed.told(card, "is bought.")
    assert len(timed.vobiz.purchase_calls) == 1
