"""Slack is away, slow or loses answers, or the bot is started again: card and thread catch up, and money does not wait.

Deaths at every point in between: `tests/faults`.
"""

import pytest

from bot.domain.request import Status
from bot.sandbox.slack.example import ASHA, NUMBERS
from bot.sandbox.vobiz import Mood, ReadMood
from tests.harness.office import BENGALURU, Office, buttons


async def is_missed(office: Office, method: str, *, after: int = 0) -> None:
    """A call of this method beyond the first `after` has arrived and was dropped."""
    await office.sees(lambda: len(office.slack.workspace.calls_of(method)) > after)


async def test_what_was_bought_while_slack_was_away_is_told_in_order_when_it_is_back(clocked: Office) -> None:
    card = await clocked.a_card()
    clocked.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
    await clocked.approve(card)
    await clocked.vobiz.purchase_call()
    await clocked.told(card, "It is bought next.")
    rewritten = len(clocked.slack.workspace.calls_of("chat.update"))
    await clocked.slack.go_away()
    await clocked.vobiz.release()
    await is_missed(clocked, "chat.update", after=rewritten)
    [request] = await clocked.requests()
    assert request.status is Status.PURCHASED
    clocked.slack.come_back()
    await clocked.a_while()
    await clocked.told(card, "is bought.")
    await clocked.shows(card, "Bought")
    decision, outcome = [reply.text for reply in clocked.slack.thread(NUMBERS, card.ts)]
    assert "approved buying" in decision
    assert "is bought." in outcome
    assert len(clocked.slack.messages(NUMBERS)) == 1


@pytest.mark.parametrize("what", ["went away", "refused the token"])
async def test_a_command_typed_before_slack_went_becomes_a_card_when_it_is_back(clocked: Office, what: str) -> None:
    if what == "went away":
        await clocked.slack.go_away()
    else:
        clocked.slack.workspace.faults.refuse("chat.postMessage", "token_revoked")
    await clocked.ask(BENGALURU)
    await is_missed(clocked, "users.info" if what == "went away" else "chat.postMessage")
    clocked.slack.come_back()
    await clocked.a_while()
    [card] = await clocked.sees(lambda: clocked.slack.messages(NUMBERS))
    await clocked.approve(card)
    await clocked.told(card, "is bought.")


async def test_a_copy_of_the_card_that_a_lost_answer_left_is_rewritten_with_it(clocked: Office) -> None:
    clocked.slack.workspace.faults.lose_answer("chat.postMessage")
    await clocked.ask(BENGALURU)
    [copy] = await clocked.sees(lambda: clocked.slack.messages(NUMBERS))
    await clocked.a_while()
    [card] = await clocked.sees(lambda: clocked.slack.messages(NUMBERS)[1:])
    await clocked.approve(copy)
    for message in (copy, card):
        assert buttons(await clocked.shows(message, "Bought")) == {}
    await clocked.told(card, "is bought.")
    assert len(clocked.vobiz.purchase_calls) == 1


async def test_an_approved_request_is_bought_after_a_restart(clocked: Office) -> None:
    card = await clocked.a_card()
    clocked.vobiz.every_read(ReadMood.GARBAGE, route="own_numbers")
    await clocked.approve(card)
    await clocked.shows(card, "Approved +91 80 6900 0142")
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
    await office.hears(ASHA, "Bought")
    assert len(office.slack.messages(NUMBERS)) == 1
    assert len(office.slack.thread(NUMBERS, card.ts)) == 2
    assert len(office.vobiz.purchase_calls) == 1
    [request] = await office.requests()
    assert request.status is Status.PURCHASED
