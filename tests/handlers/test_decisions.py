"""The buttons of a card and the deny form: what is stored for which click, and what is refused at once."""

import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bot.domain.policy import PEOPLE_ARE_GOOD_FOR, Decision
from bot.domain.request import Status
from bot.domain.shown import Listed
from bot.sandbox.slack import Done, Failed, Invalid, View
from bot.sandbox.slack.example import ASHA, GUEST, MANAGERS, MEERA, NUMBERS, STRANGER, TARA, VIKRAM
from bot.services.acts import Decide
from handlers.views.forms import DENY_FORM
from handlers.views.request import button_value
from handlers.views.wording import REASON_LIMIT
from tests.handlers.door import Door, a_door
from tests.harness.builders import a_request, a_shown
from tests.harness.office import BENGALURU, Office, buttons

SHOWN = a_shown(a_request(id="5e" * 16))

BUTTONS = ["approve", "deny", "withdraw"]


async def a_card(door: Door) -> str:
    """A card in the channel; its `ts`."""
    return await door.messenger.post_card(NUMBERS, SHOWN)


async def the_decision(door: Door) -> Decide:
    [act] = await door.acts()
    assert isinstance(act, Decide)
    return act


async def a_deny_form(door: Door, ts: str, *, user: str = VIKRAM) -> View:
    assert await door.slack.click(user, ts, "deny") == Done()
    form = await door.slack.wait_for(lambda _: door.slack.modal(user))
    assert form is not None
    return form


def decisions_on(office: Office, ts: str) -> list[str]:
    """Which of the decision buttons stand there."""
    return [button for button in BUTTONS if button in buttons(office.slack.message(NUMBERS, ts))]


@pytest.mark.parametrize("decision", [Decision.APPROVE, Decision.WITHDRAW])
async def test_a_click_is_stored_with_what_the_button_carried_and_where_it_stood(
    door: Door, decision: Decision
) -> None:
    ts = await a_card(door)
    assert await door.slack.click(MEERA, ts, decision.value) == Done()
    act = await the_decision(door)
    assert (act.decision, act.user, act.team) == (decision, MEERA, door.slack.workspace.team.id)
    assert (act.request, act.digest) == (SHOWN.request.id, SHOWN.request.terms.digest)
    assert act.message == (NUMBERS, ts)
    assert act.at == door.clock.now()
    assert act.by.response_url is not None


async def test_a_click_is_acknowledged_without_asking_anybody(door: Door) -> None:
    ts = await a_card(door)
    door.slack.workspace.calls.clear()
    await door.slack.click(MEERA, ts, "approve")
    assert door.slack.workspace.calls == []
    assert door.vobiz.read_calls == []


async def test_a_click_that_cannot_be_stored_is_not_acknowledged(door: Door) -> None:
    ts = await a_card(door)
    door.store.close()
    assert isinstance(await door.slack.click(MEERA, ts, "approve"), Failed)


async def test_a_person_of_another_workspace_is_stored_with_their_own(door: Door) -> None:
    await door.slack.click(STRANGER, await a_card(door), "approve")
    assert (await the_decision(door)).team != door.slack.workspace.team.id


@pytest.mark.parametrize("button", BUTTONS)
@pytest.mark.parametrize(
    "value",
    [
        "",
        "5e" * 16,
        f"{'5e' * 16}.",
        f"{'5E' * 16}.{'d1' * 16}",
        f"{'5e' * 16}.{'d1' * 16}.{'d1' * 16}",
        f" {'5e' * 16}.{'d1' * 16}\n",
        f"{'5e' * 16}.{'d1' * 15}'--",
        "x" * 2000,
    ],
)
async def test_a_button_that_carries_what_the_bot_never_wrote_changes_nothing_and_is_answered_in_words(
    door: Door, button: str, value: str
) -> None:
    ts = await a_card(door)
    assert await door.slack.forge_click(VIKRAM, ts, button, value=value) == Done()
    [answer] = await door.slack.wait_for(lambda _: door.slack.ephemerals_for(VIKRAM))
    assert answer.text.startswith("Nothing changed")
    assert await door.acts() == []
    assert door.slack.modal(VIKRAM) is None


async def test_deny_asks_why_and_decides_nothing_by_asking(door: Door) -> None:
    form = await a_deny_form(door, await a_card(door))
    assert form.definition["callback_id"] == DENY_FORM
    assert form.definition["private_metadata"] == f"{button_value(SHOWN)}@{NUMBERS}"
    assert await door.acts() == []


async def test_the_reason_is_stored_with_the_denial(door: Door) -> None:
    form = await a_deny_form(door, await a_card(door))
    sent = await door.slack.submit(VIKRAM, form.id, {"reason": {"reason": " too expensive,\n we have one "}})
    assert sent == Done()
    assert door.slack.modal(VIKRAM) is None
    act = await the_decision(door)
    assert (act.decision, act.user, act.reason) == (Decision.DENY, VIKRAM, "too expensive, we have one")
    assert (act.request, act.digest, act.message) == (SHOWN.request.id, SHOWN.request.terms.digest, None)
    assert (act.by.channel, act.by.response_url) == (NUMBERS, None)


async def test_a_denial_that_comes_without_a_trigger_is_stored_once_however_often_it_is_sent(door: Door) -> None:
    form = await a_deny_form(door, await a_card(door))
    await door.slack.submit(VIKRAM, form.id, {"reason": {"reason": "\n"}})
    sent = {name: value for name, value in door.slack.sent[-1].payload.items() if name != "trigger_id"}
    body = urlencode({"payload": json.dumps(sent).replace(r'"\n"', '"too expensive"')}).encode()
    assert [await door.post_signed(body) for _ in range(2)] == [200, 200]
    assert (await the_decision(door)).reason == "too expensive"


async def test_a_denial_from_home_has_no_channel_to_be_answered_in(door: Door) -> None:
    await door.messenger.home(VIKRAM, Listed(own=(), waiting=(SHOWN,)))
    home = door.slack.home(VIKRAM)
    assert home is not None
    form = await a_deny_form(door, home.id)
    await door.slack.submit(VIKRAM, form.id, {"reason": {"reason": "too expensive"}})
    assert (await the_decision(door)).by.channel is None


@pytest.mark.parametrize("reason", [" ", "\n\t", "\u200b\u200b"])
async def test_a_denial_without_a_reason_stays_open_and_says_so_under_the_field(door: Door, reason: str) -> None:
    form = await a_deny_form(door, await a_card(door))
    sent = await door.slack.submit(VIKRAM, form.id, {"reason": {"reason": reason}})
    assert sent == Invalid(errors={"reason": "Say why, so that the requester knows."})
    assert door.slack.modal(VIKRAM) is not None
    assert await door.acts() == []


async def test_slack_itself_asks_for_the_reason_and_bounds_it(door: Door) -> None:
    form = await a_deny_form(door, await a_card(door))
    assert isinstance(await door.slack.submit(VIKRAM, form.id, {}), Invalid)
    too_long = {"reason": {"reason": "x" * (REASON_LIMIT + 1)}}
    assert isinstance(await door.slack.submit(VIKRAM, form.id, too_long), Invalid)
    assert len(door.slack.sent) == 1


async def test_whoever_certainly_may_not_deny_gets_words_and_no_form(door: Door) -> None:
    ts = await a_card(door)
    assert await door.slack.click(TARA, ts, "deny") == Done()
    act = await the_decision(door)
    assert (act.decision, act.user, act.reason) == (Decision.DENY, TARA, "")
    assert door.slack.workspace.calls_of("views.open") == []


async def test_whoever_may_be_in_a_group_that_was_not_read_yet_gets_the_form(tmp_path: Path) -> None:
    async with a_door(tmp_path, users=(), groups=(MANAGERS,)) as door:
        await a_deny_form(door, await a_card(door), user=TARA)
        assert await door.acts() == []


async def test_once_the_group_was_read_whoever_is_not_in_it_gets_words_for_a_minute(tmp_path: Path) -> None:
    async with a_door(tmp_path, users=(), groups=(MANAGERS,)) as door:
        ts = await a_card(door)
        await door.people.approvers()
        await door.slack.click(TARA, ts, "deny")
        assert (await the_decision(door)).user == TARA
        door.clock.advance(PEOPLE_ARE_GOOD_FOR)
        await a_deny_form(door, ts, user=TARA)


async def test_whoever_gets_words_gets_no_form_though_the_group_is_forgotten_right_then(tmp_path: Path) -> None:
    async with a_door(tmp_path, users=(VIKRAM,), groups=(MANAGERS,)) as door:
        ts = await a_card(door)
        await door.people.approvers()
        door.store.on_commit(lambda: door.clock.advance(PEOPLE_ARE_GOOD_FOR))
        assert await door.slack.click(TARA, ts, "deny") == Done()
        assert (await the_decision(door)).user == TARA
        await a_deny_form(door, ts)  # whatever was opened for the click before was opened before this
        assert len(door.slack.workspace.calls_of("views.open")) == 1


async def test_a_deny_form_that_does_not_open_is_answered_in_words(door: Door) -> None:
    ts = await a_card(door)
    door.slack.workspace.faults.refuse("views.open", "expired_trigger_id")
    assert await door.slack.click(VIKRAM, ts, "deny") == Done()
    [answer] = await door.slack.wait_for(lambda _: door.slack.ephemerals_for(VIKRAM))
    assert "try the same again" in answer.text


async def test_buttons_in_home_decide_too_without_a_message_to_name(door: Door) -> None:
    await door.messenger.home(MEERA, Listed(own=(), waiting=(SHOWN,)))
    home = door.slack.home(MEERA)
    assert home is not None
    assert await door.slack.click(MEERA, home.id, "approve") == Done()
    act = await the_decision(door)
    assert (act.decision, act.message, act.by.channel) == (Decision.APPROVE, None, None)


async def test_the_deny_form_names_the_number_it_is_about(office: Office) -> None:
    card = await office.a_card()
    await office.slack.click(VIKRAM, card.ts, "deny")
    form = await office.slack.wait_for(lambda _: office.slack.modal(VIKRAM))
    assert form is not None
    assert "Say why +91 80 6900 0142 is not to be bought." in str(form.blocks)


async def test_a_card_keeps_its_buttons_until_the_reason_is_sent(office: Office) -> None:
    card = await office.a_card()
    await office.slack.click(VIKRAM, card.ts, "deny")
    form = await office.slack.wait_for(lambda _: office.slack.modal(VIKRAM))
    assert form is not None
    assert decisions_on(office, card.ts) == BUTTONS
    await office.slack.submit(VIKRAM, form.id, {"reason": {"reason": "too expensive"}})
    await office.shows(card, "Denied")
    assert decisions_on(office, card.ts) == []


async def test_a_denial_stands_in_the_thread_with_its_reason_and_nothing_is_bought(office: Office) -> None:
    card = await office.a_card()
    await office.deny(card, "we have <!channel> *one*")
    reply = await office.told(card, "denied buying")
    assert f"<@{ASHA}>, <@{VIKRAM}>" in reply.text
    assert "we have &lt;!channel&gt; \u2217one\u2217" in reply.text
    assert office.vobiz.purchase_calls == []


async def test_a_withdrawal_stands_on_the_card_and_in_the_thread(office: Office) -> None:
    card = await office.a_card()
    await office.withdraw(card)
    await office.shows(card, f"Withdrawn by <@{ASHA}>.")
    await office.told(card, "withdrew the request")
    [request] = await office.requests()
    assert request.status is Status.WITHDRAWN


@pytest.mark.parametrize(
    ("user", "button", "words"),
    [
        (TARA, "approve", "you are not among the approvers"),
        (TARA, "deny", "you are not among the approvers"),
        (TARA, "withdraw", f"only <@{ASHA}>, who asked for it, can withdraw it"),
        (MEERA, "withdraw", f"only <@{ASHA}>, who asked for it, can withdraw it"),
        (ASHA, "approve", "this is your own request"),
        (GUEST, "approve", "guests cannot"),
        (STRANGER, "approve", "only members of the workspace"),
    ],
)
async def test_a_click_that_is_not_allowed_changes_nothing_and_is_answered_to_the_clicker_alone(
    office: Office, user: str, button: str, words: str
) -> None:
    card = await office.a_card()
    assert await office.slack.click(user, card.ts, button) == Done()
    answer = await office.hears(user, words)
    assert answer.channel == NUMBERS
    assert office.slack.message(NUMBERS, card.ts).text == card.text
    assert office.slack.thread(NUMBERS, card.ts) == []
    [request] = await office.requests()
    assert request.status is Status.PENDING


async def test_whoever_clicks_too_late_hears_who_was_first(office: Office) -> None:
    card = await office.a_card()
    await office.deny(card, "too expensive", by=VIKRAM)
    await office.shows(card, "Denied")
    await office.slack.forge_click(MEERA, card.ts, "approve", value=value_of(card.blocks))
    await office.hears(MEERA, f"it was already denied by <@{VIKRAM}>")
    assert office.vobiz.purchase_calls == []


def value_of(blocks: tuple[object, ...]) -> str:
    """What the card's buttons carried."""
    found = re.search("[0-9a-f]{32}[.][0-9a-f]{32}", str(blocks))
    assert found is not None
    return found[0]


async def test_a_button_of_another_card_decides_nothing(office: Office) -> None:
    first = await office.a_card()
    second = await office.a_card("+918069000187 for sales")
    await office.slack.forge_click(MEERA, second.ts, "approve", value=value_of(first.blocks))
    await office.hears(MEERA, "that button belongs to another request")
    assert {request.status for request in await office.requests()} == {Status.PENDING}


async def test_approving_other_terms_than_those_of_the_request_decides_nothing(office: Office) -> None:
    card = await office.a_card()
    request_id = value_of(card.blocks).partition(".")[0]
    await office.slack.forge_click(MEERA, card.ts, "approve", value=f"{request_id}.{'d1' * 16}")
    await office.hears(MEERA, "the terms are not those you saw")
    assert office.vobiz.purchase_calls == []


async def test_a_request_nobody_made_is_told_to_the_clicker(office: Office) -> None:
    card = await office.a_card()
    await office.slack.forge_click(MEERA, card.ts, "approve", value=f"{'5e' * 16}.{'d1' * 16}")
    await office.hears(MEERA, "there is no such request")


async def test_a_reason_that_comes_after_the_purchase_is_answered_as_too_late(office: Office) -> None:
    card = await office.a_card()
    await office.slack.click(VIKRAM, card.ts, "deny")
    form = await office.slack.wait_for(lambda _: office.slack.modal(VIKRAM))
    assert form is not None
    await office.approve(card, by=MEERA)
    await office.told(card, "is bought.")
    await office.slack.submit(VIKRAM, form.id, {"reason": {"reason": "wait"}})
    answer = await office.hears(VIKRAM, "it is already bought")
    assert answer.channel == NUMBERS
    assert [sale.e164 for sale in office.vobiz.sales] == [BENGALURU]
