"""Request changes, and Answer: who gets which form, what it stores, and when it stays open."""

import pytest

from bot.domain.audit import BOT
from bot.domain.shown import Listed
from bot.sandbox.slack import Done, Invalid, View
from bot.sandbox.slack.example import ASHA, NUMBERS, TARA, VIKRAM
from bot.services.acts import Answer, RequestChanges
from handlers.views.forms import ANSWER_FORM, QUESTION_FORM
from handlers.views.request import button_value
from handlers.views.wording import REASON_LIMIT
from tests.handlers.door import Door
from tests.handlers.views.cases import QUESTION, since
from tests.harness.builders import a_request, a_shown

SHOWN = a_shown(a_request(id="5e" * 16))
ASKED = since(SHOWN, QUESTION, actor=BOT)


def saying(words: str) -> dict[str, dict[str, str]]:
    return {"reason": {"reason": words}}


async def a_form(door: Door, button: str, user: str = VIKRAM) -> View:
    """That of a card, or of a question in its thread."""
    ts = await door.messenger.post_card(NUMBERS, SHOWN)
    if button == "answer":
        await door.messenger.reply(NUMBERS, ts, ASKED)
        [ts] = [reply.ts for reply in door.slack.thread(NUMBERS, ts)]
    assert await door.slack.click(user, ts, button) == Done()
    return await door.form(user)


async def test_whoever_requests_changes_is_asked_what_for_and_that_is_stored(door: Door) -> None:
    form = await a_form(door, "request_changes")
    assert form.definition["callback_id"] == QUESTION_FORM
    assert form.definition["private_metadata"] == f"{button_value(SHOWN)}@{NUMBERS}"
    assert await door.acts() == []
    assert await door.slack.submit(VIKRAM, form.id, saying(" Is one\n enough? ")) == Done()
    act = await door.the_act(RequestChanges)
    assert (act.request, act.digest, act.question) == (SHOWN.request.id, SHOWN.request.terms.digest, "Is one enough?")
    assert (act.user, act.by.channel, act.by.response_url) == (VIKRAM, NUMBERS, None)
    assert act.trigger_id == door.slack.sent[-1].payload["trigger_id"]


async def test_an_answer_is_stored_with_the_question_that_it_is_about(door: Door) -> None:
    form = await a_form(door, "answer", ASHA)
    assert form.definition["callback_id"] == ANSWER_FORM
    assert await door.slack.submit(ASHA, form.id, saying("No.")) == Done()
    act = await door.the_act(Answer)
    assert (act.request, act.question, act.answer) == (SHOWN.request.id, ASKED.entry.seq, "No.")
    assert (act.user, act.by.channel) == (ASHA, NUMBERS)


async def test_changes_are_requested_from_home_too(door: Door) -> None:
    await door.messenger.home(VIKRAM, Listed(own=(), waiting=(SHOWN,)))
    home = door.slack.home(VIKRAM)
    assert home is not None
    await door.slack.click(VIKRAM, home.id, "request_changes")
    form = await door.form(VIKRAM)
    await door.slack.submit(VIKRAM, form.id, saying("Is one enough?"))
    assert (await door.the_act(RequestChanges)).by.channel is None


@pytest.mark.parametrize("button", ["request_changes", "answer"])
async def test_a_form_without_words_stays_open_and_says_so_and_slack_bounds_them(door: Door, button: str) -> None:
    form = await a_form(door, button)
    for given in ("\n\t", "\u200b", "x" * (REASON_LIMIT + 1)):
        said = await door.slack.submit(VIKRAM, form.id, saying(given))
        assert isinstance(said, Invalid)
        assert said.errors.keys() == {"reason"}
    assert door.slack.modal(VIKRAM) is not None
    assert await door.acts() == []


@pytest.mark.parametrize("button", ["request_changes", "answer"])
async def test_a_form_that_does_not_open_is_answered_in_words(door: Door, button: str) -> None:
    ts = await door.messenger.post_card(NUMBERS, SHOWN)
    door.slack.workspace.faults.refuse("views.open", "expired_trigger_id")
    value = button_value(SHOWN) if button == "request_changes" else f"{SHOWN.request.id}.8"
    assert await door.slack.forge_click(VIKRAM, ts, button, value=value) == Done()
    assert "try the same again" in (await door.heard(VIKRAM))


async def test_whoever_certainly_is_no_approver_gets_words_and_no_form(door: Door) -> None:
    ts = await door.messenger.post_card(NUMBERS, SHOWN)
    assert await door.slack.click(TARA, ts, "request_changes") == Done()
    act = await door.the_act(RequestChanges)
    assert (act.user, act.request, act.question) == (TARA, SHOWN.request.id, "")
    assert door.slack.workspace.calls_of("views.open") == []
