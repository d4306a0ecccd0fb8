"""The picker's form: the terms of what was chosen, and what is sent."""

from dataclasses import replace

import pytest

from bot.sandbox.slack import Done, Invalid, Offered
from bot.sandbox.slack.example import ASHA, FINANCE, NUMBERS
from bot.sandbox.slack.shapes import object_of
from bot.sandbox.vobiz import ReadMood
from bot.services.acts import Ask
from handlers.views.forms import NOTHING
from tests.handlers import picking
from tests.handlers.door import Door
from tests.harness.builders import some_terms
from tests.harness.office import BENGALURU, Office


async def test_the_terms_of_the_chosen_number_are_shown_and_stay_and_nothing_is_stored(door: Door) -> None:
    await picking.choose(door, await picking.a_picker(door), BENGALURU)
    form = await picking.shows(door, "*+91 80 6900 0142*, India, Bengaluru")
    assert "Setup fee ₹100, monthly fee ₹1" in str(form.blocks)
    assert "Charged when bought ₹101, first year ₹112" in str(form.blocks)
    assert "No minimum commitment and no identity check." in str(form.blocks)
    await picking.search(door, form, digits="0187")
    await picking.shows(door, "*+91 80 6900 0142*, India, Bengaluru")
    assert await door.acts() == []


async def test_what_was_put_in_stays_when_terms_are_shown(door: Door) -> None:
    form = await picking.a_picker(door)
    picking.fill(door, form, reason={"type": "plain_text_input", "value": "for support"})
    await picking.choose(door, form, BENGALURU)
    shown = await picking.shows(door, "Charged when bought")
    assert shown.state["reason"]["reason"]["value"] == "for support"
    assert object_of(shown.state["number"]["number"], "selected_option")["value"] == BENGALURU


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (picking.WITHOUT_A_PRICE, "Vobiz does not state its setup fee. Pick another one."),
        (picking.IMPOSSIBLE, "Vobiz states fees for it that cannot be right. Pick another one."),
        (picking.BLOCKED, "This number is blocked at Vobiz and cannot be bought. Pick another one."),
        ("+918069009999", "This number is not on sale any more. Pick another one."),
    ],
)
async def test_instead_of_terms_it_is_said_why_a_number_cannot_be_requested(door: Door, number: str, why: str) -> None:
    dear = replace(picking.a_number(picking.IMPOSSIBLE), monthly_fee=8 * 10**11)
    free = picking.a_number(picking.WITHOUT_A_PRICE, setup_fee=None)
    door.vobiz.world.stock([free, dear, picking.a_number(picking.BLOCKED, blocked=True)])
    await picking.choose(door, await picking.a_picker(door), number)
    await picking.shows(door, why)


async def test_terms_that_cannot_be_read_are_promised_for_the_message(door: Door) -> None:
    form = await picking.a_picker(door)
    door.vobiz.every_read(ReadMood.GARBAGE)
    await picking.choose(door, form, BENGALURU)
    await picking.shows(door, "The terms will stand on the approval message.")


async def test_a_form_without_a_number_or_with_a_notice_stays_open(door: Door) -> None:
    form = await picking.a_picker(door)
    sent = await door.slack.submit(ASHA, form.id, {"reason": {"reason": "for support"}})
    assert isinstance(sent, Invalid)
    assert list(sent.errors) == ["number"]
    await picking.choose(door, form, NOTHING)
    assert await door.slack.submit(ASHA, form.id) == Invalid(errors={"number": "Pick a number from the list."})
    assert door.slack.workspace.calls_of("views.update") == []
    assert await door.acts() == []


async def test_the_terms_on_show_are_those_of_the_number_chosen_last(door: Door) -> None:
    form = await picking.a_picker(door)
    first, second = (door.slack.workspace.faults.hang("views.update") for _ in range(2))
    await picking.choose(door, form, BENGALURU)
    await door.slack.wait_for(lambda workspace: len(workspace.calls_of("views.update")) == 1)
    await picking.choose(door, form, picking.OTHER)
    await door.slack.wait_for(lambda workspace: len(workspace.calls_of("views.update")) == 2)
    first.set()
    await picking.shows(door, "*+91 80 6900 0142*")
    second.set()
    await picking.shows(door, "*+91 80 6900 0187*")


async def test_terms_that_come_late_do_not_cover_those_of_the_number_chosen_last(door: Door) -> None:
    form = await picking.a_picker(door)
    late = door.slack.workspace.faults.hang("views.update")
    await picking.choose(door, form, BENGALURU)
    await door.slack.wait_for(lambda workspace: len(workspace.calls_of("views.update")) == 1)
    await picking.choose(door, form, picking.OTHER)
    await picking.shows(door, "*+91 80 6900 0187*")
    late.set()
    assert isinstance(await door.slack.options(ASHA, form.id, "number", "0142"), Offered)
    assert "*+91 80 6900 0142*" not in str((await picking.shows(door, "*+91 80 6900 0187*")).blocks)


async def test_a_form_that_was_closed_meanwhile_is_left_alone(door: Door) -> None:
    form = await picking.a_picker(door)
    held = door.slack.workspace.faults.hang("views.update")
    await picking.choose(door, form, BENGALURU)
    await door.slack.wait_for(lambda workspace: workspace.calls_of("views.update"))
    await door.slack.close(ASHA, form.id)
    held.set()
    assert await door.slack.command(ASHA, NUMBERS, "help") == Done()
    assert door.slack.modal(ASHA) is None


@pytest.mark.parametrize(("channel", "is_private"), [(NUMBERS, False), (FINANCE, True)])
async def test_the_form_sends_number_reason_channel_and_terms_shown(door: Door, channel: str, is_private: bool) -> None:
    form = await picking.a_picker(door, channel=channel)
    await picking.choose(door, form, BENGALURU)
    shown = await picking.shows(door, "Charged when bought")
    sent = await door.slack.submit(ASHA, shown.id, {"reason": {"reason": " for\n the support line "}})
    assert sent == Done()
    ask = await door.the_act(Ask)
    assert (ask.e164, ask.reason, ask.channel) == (BENGALURU, "for the support line", channel)
    assert (ask.digest, ask.is_private) == (some_terms(account=door.vobiz.master.auth_id).digest, is_private)
    assert (ask.by.user, ask.by.channel, ask.by.response_url) == (ASHA, channel, None)
    assert door.slack.modal(ASHA) is None


async def test_a_number_sent_before_its_terms_were_shown_has_no_digest_and_needs_no_reason(door: Door) -> None:
    form = await picking.a_picker(door)
    await picking.choose(door, form, picking.OTHER)
    shown = await picking.shows(door, "*+91 80 6900 0187*")
    held = door.slack.workspace.faults.hang("views.update")
    await picking.choose(door, shown, BENGALURU)
    assert await door.slack.submit(ASHA, form.id) == Done()
    held.set()
    ask = await door.the_act(Ask)
    assert (ask.e164, ask.digest, ask.reason) == (BENGALURU, None, "")


async def test_what_was_picked_becomes_a_card_in_the_channel_of_the_command(office: Office) -> None:
    await office.ask("IN")
    form = await office.sees(lambda: office.slack.modal(ASHA))
    assert form is not None
    await office.slack.click(ASHA, form.id, "number", chosen=picking.an_option(BENGALURU))
    await office.sees(lambda: "Charged when bought" in str(office.slack.modal(ASHA)))
    await office.slack.submit(ASHA, form.id, {"reason": {"reason": "for the support line"}})
    [card] = await office.sees(lambda: office.slack.messages(NUMBERS))
    assert "asks: buy +91 80 6900 0142" in card.text
    assert "a month: for the support line." in card.text
