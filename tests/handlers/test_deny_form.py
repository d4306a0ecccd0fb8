"""The deny form: who gets it, what it stores, and when it stays open."""

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bot.domain.policy import PEOPLE_ARE_GOOD_FOR, Decision
from bot.domain.shown import Listed
from bot.sandbox.slack import Done, Invalid, View
from bot.sandbox.slack.example import MANAGERS, NUMBERS, TARA, VIKRAM
from bot.services.acts import Decide
from handlers.views.forms import DENY_FORM
from handlers.views.request import button_value
from handlers.views.wording import REASON_LIMIT
from tests.handlers.door import Door, a_door
from tests.harness.builders import a_request, a_shown
from tests.harness.office import Office, buttons

SHOWN = a_shown(a_request(id="5e" * 16))


async def a_card(door: Door) -> str:
    """A card in the channel; its `ts`."""
    return await door.messenger.post_card(NUMBERS, SHOWN)


async def a_deny_form(door: Door, ts: str | None = None, *, user: str = VIKRAM) -> View:
    """Of the card with this `ts`, else of a new one."""
    assert await door.slack.click(user, ts or await a_card(door), "deny") == Done()
    return await door.form(user)


def because(reason: str) -> dict[str, dict[str, str]]:
    return {"reason": {"reason": reason}}


async def test_deny_asks_why_and_decides_nothing_by_asking(door: Door) -> None:
    form = await a_deny_form(door)
    assert form.definition["callback_id"] == DENY_FORM
    assert form.definition["private_metadata"] == f"{button_value(SHOWN)}@{NUMBERS}"
    assert await door.acts() == []


async def test_the_reason_is_stored_with_the_denial(door: Door) -> None:
    form = await a_deny_form(door)
    assert await door.slack.submit(VIKRAM, form.id, because(" too expensive,\n we have one ")) == Done()
    assert door.slack.modal(VIKRAM) is None
    act = await door.the_act(Decide)
    assert (act.decision, act.user, act.reason) == (Decision.DENY, VIKRAM, "too expensive, we have one")
    assert (act.request, act.digest, act.message) == (SHOWN.request.id, SHOWN.request.terms.digest, None)
    assert (act.by.channel, act.by.response_url) == (NUMBERS, None)
    assert act.trigger_id == door.slack.sent[-1].payload["trigger_id"]


async def test_a_denial_that_comes_without_a_trigger_is_stored_once_however_often_it_is_sent(door: Door) -> None:
    form = await a_deny_form(door)
    await door.slack.submit(VIKRAM, form.id, because("\n"))
    sent = {name: value for name, value in door.slack.sent[-1].payload.items() if name != "trigger_id"}
    body = urlencode({"payload": json.dumps(sent).replace(r'"\n"', '"too expensive"')}).encode()
    assert [await door.post_signed(body) for _ in range(2)] == [200, 200]
    assert (await door.the_act(Decide)).reason == "too expensive"


async def test_a_denial_from_home_has_no_channel_to_be_answered_in(door: Door) -> None:
    await door.messenger.home(VIKRAM, Listed(own=(), waiting=(SHOWN,)))
    home = door.slack.home(VIKRAM)
    assert home is not None
    form = await a_deny_form(door, home.id)
    await door.slack.submit(VIKRAM, form.id, because("too expensive"))
    assert (await door.the_act(Decide)).by.channel is None


@pytest.mark.parametrize("reason", [" ", "\n\t", "\u200b\u200b"])
async def test_a_denial_without_a_reason_stays_open_and_says_so_under_the_field(door: Door, reason: str) -> None:
    form = await a_deny_form(door)
    sent = await door.slack.submit(VIKRAM, form.id, because(reason))
    assert sent == Invalid(errors={"reason": "Say why, so that the requester knows."})
    assert door.slack.modal(VIKRAM) is not None
    assert await door.acts() == []


async def test_slack_itself_asks_for_the_reason_and_bounds_it(door: Door) -> None:
    form = await a_deny_form(door)
    for given in ({}, because("x" * (REASON_LIMIT + 1))):
        assert isinstance(await door.slack.submit(VIKRAM, form.id, given), Invalid)
    assert len(door.slack.sent) == 1


async def test_whoever_certainly_may_not_deny_gets_words_and_no_form(door: Door) -> None:
    ts = await a_card(door)
    assert await door.slack.click(TARA, ts, "deny") == Done()
    act = await door.the_act(Decide)
    assert (act.decision, act.user, act.reason) == (Decision.DENY, TARA, "")
    assert (act.request, act.digest, act.message) == (SHOWN.request.id, SHOWN.request.terms.digest, (NUMBERS, ts))
    assert door.slack.workspace.calls_of("views.open") == []


async def test_whoever_may_be_in_a_group_gets_the_form_unless_the_group_was_read_this_minute(tmp_path: Path) -> None:
    async with a_door(tmp_path, approvers=(MANAGERS,)) as door:
        form = await a_deny_form(door, user=TARA)
        assert await door.acts() == []
        await door.slack.close(TARA, form.id)
        ts = await a_card(door)
        await door.surfaces.people.approvers()
        await door.slack.click(TARA, ts, "deny")
        assert (await door.the_act(Decide)).user == TARA
        door.clock.advance(PEOPLE_ARE_GOOD_FOR)
        await a_deny_form(door, ts, user=TARA)


async def test_whoever_gets_words_gets_no_form_though_the_group_is_forgotten_right_then(tmp_path: Path) -> None:
    async with a_door(tmp_path, approvers=(VIKRAM, MANAGERS)) as door:
        ts = await a_card(door)
        await door.surfaces.people.approvers()
        door.store.on_commit(lambda: door.clock.advance(PEOPLE_ARE_GOOD_FOR))
        assert await door.slack.click(TARA, ts, "deny") == Done()
        assert (await door.the_act(Decide)).user == TARA
        await a_deny_form(door, ts)  # whatever was opened for the click before was opened before this
        assert len(door.slack.workspace.calls_of("views.open")) == 1


async def test_a_deny_form_that_does_not_open_is_answered_in_words(door: Door) -> None:
    ts = await a_card(door)
    door.slack.workspace.faults.refuse("views.open", "expired_trigger_id")
    assert await door.slack.click(VIKRAM, ts, "deny") == Done()
    assert "try the same again" in (await door.heard(VIKRAM))


async def test_the_deny_form_names_its_number_and_the_card_keeps_its_buttons_until_it_is_sent(office: Office) -> None:
    card = await office.a_card()
    await office.slack.click(VIKRAM, card.ts, "deny")
    form = await office.sees(lambda: office.slack.modal(VIKRAM))
    assert form is not None
    assert "Say why +91 80 6900 0142 is not to be bought." in str(form.blocks)
    assert buttons(office.slack.message(NUMBERS, card.ts)).keys() == {"approve", "deny", "request_changes", "withdraw"}
    await office.slack.submit(VIKRAM, form.id, because("too expensive"))
    assert buttons(await office.shows(card, "Denied")).keys() == {"ask_again"}
