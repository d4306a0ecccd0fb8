"""The picker's form: the terms of what was chosen, and what is sent."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.money import Money
from bot.domain.rules import Rules
from bot.sandbox.slack import Done, Invalid, Offered
from bot.sandbox.slack.example import ASHA, FINANCE, MEERA, NUMBERS
from bot.sandbox.vobiz import ReadMood
from bot.services.acts import Ask
from handlers import picker
from handlers.inventory import FRESH
from handlers.views.offers import NOTHING
from tests.handlers import picking
from tests.handlers.door import Door, a_door
from tests.harness.builders import some_terms
from tests.harness.office import BENGALURU, Office


async def test_the_terms_of_the_chosen_number_are_shown_and_stay_and_nothing_is_stored(door: Door) -> None:
    await picking.choose(door, await picking.a_picker(door), BENGALURU)
    form = await picking.shows(door, "*+91 80 6900 0142*")
    assert "*₹101 now* (₹100 setup + ₹1 first month), then *₹1 a month*." in str(form.blocks)
    assert "First year ₹112 before tax." in str(form.blocks)
    assert "No minimum commitment and no identity check." in str(form.blocks)
    await picking.search(door, form, "80")
    await picking.shows(door, "6 numbers fit")
    assert picking.chosen(await picking.shows(door, "*+91 80 6900 0142*")) == [BENGALURU]
    assert await door.acts() == []


async def test_what_was_put_in_stays_when_terms_are_shown(door: Door) -> None:
    form = await picking.a_picker(door)
    picking.fill(door, form, reason={"type": "plain_text_input", "value": "for support"})
    await picking.choose(door, form, BENGALURU)
    shown = await picking.shows(door, "First year")
    assert shown.state["reason"]["reason"]["value"] == "for support"
    assert picking.chosen(shown) == [BENGALURU]


async def test_the_only_number_that_fits_is_chosen_already_and_not_any_more_when_it_does_not_fit(door: Door) -> None:
    form = await picking.a_filled_picker(door, "IN mumbai ends 19 for the desk")
    assert (picking.chosen(form), form.state["reason"]["reason"]["value"]) == (["+912269000119"], "the desk")
    assert "1 number fits." in str(form.blocks)
    assert "*+91 22 6900 0119*" in str(form.blocks)
    await picking.search(door, form, "mumbai ends 19x")
    form = await picking.shows(door, "“x” is not understood")
    assert picking.chosen(form) == []
    await picking.search(door, form, "0187")
    assert picking.chosen(await picking.shows(door, "1 number fits.")) == [picking.OTHER]


async def test_several_numbers_are_shown_with_a_line_each_and_their_sum_and_asked_for_at_once(door: Door) -> None:
    form = await picking.a_filled_picker(door, "IN for the shop")
    await picking.choose(door, form, BENGALURU, picking.OTHER, "+914469000133")
    form = await picking.shows(door, "*3 numbers: ₹652 now, then ₹352 a month.*")
    assert "*+91 80 6900 0187*, Bengaluru, India · calls · ₹101, then ₹1 a month" in str(form.blocks)
    assert "⚠️ 6-month minimum, ₹2,200 in all" in str(form.blocks)
    assert await door.slack.submit(ASHA, form.id) == Done()
    ask = await door.the_act(Ask)
    assert (ask.numbers, ask.reason) == ((BENGALURU, picking.OTHER, "+914469000133"), "the shop")
    assert ask.digest is not None


async def test_one_that_somebody_else_asked_for_is_named_and_the_others_stay_chosen(office: Office) -> None:
    await office.ask("IN")
    form = await office.sees(lambda: office.slack.modal(ASHA))
    assert form is not None
    await office.a_card(by=MEERA)
    await office.slack.click(ASHA, form.id, "number", chosen=picking.several(picking.OTHER, BENGALURU))
    sent = await office.slack.submit(ASHA, form.id)
    assert isinstance(sent, Invalid)
    assert sent.errors["number.IN"].startswith("+91 80 6900 0142 is already requested")


async def test_no_more_are_asked_for_at_once_than_a_day_may_see(tmp_path: Path) -> None:
    async with a_door(tmp_path, rules=Rules(max_purchases_per_day=2)) as door:
        form = await picking.a_filled_picker(door)
        assert "'max_selected_items': 2" in str(form.blocks)
        await picking.choose(door, form, BENGALURU, picking.OTHER, "+914469000133")
        sent = await door.slack.submit(ASHA, form.id)
        assert sent == Invalid(errors={"number.IN": "At most 2 numbers go together. Take some out."})


async def test_another_country_clears_the_number_and_keeps_the_search(door: Door) -> None:
    form = await picking.a_picker(door, "IN ends 142")
    await picking.shows(door, "*+91 80 6900 0142*")
    await picking.search(door, form, country="US")
    form = await picking.shows(door, "*+1 212-555-0142*")
    assert picking.chosen(form) == ["+12125550142"]
    await picking.search(door, form, country="DE")
    form = await picking.shows(door, "No number fits.")
    assert picking.chosen(form) == []
    assert form.state["search"]["search"]["value"] == "ends 142"


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (picking.WITHOUT_A_PRICE, "Vobiz does not state its setup fee. Pick another one."),
        (picking.IMPOSSIBLE, "Vobiz states fees for it that cannot be right. Pick another one."),
        (picking.BLOCKED, "is not on sale any more. Pick another one."),
    ],
)
async def test_instead_of_terms_it_is_said_why_a_number_cannot_be_requested_and_the_form_keeps_it(
    door: Door, number: str, why: str
) -> None:
    dear = replace(picking.a_number(picking.IMPOSSIBLE), monthly_fee=8 * 10**11)
    free = picking.a_number(picking.WITHOUT_A_PRICE, setup_fee=None)
    door.vobiz.world.stock([free, dear, picking.a_number(picking.BLOCKED, blocked=True)])
    form = await picking.a_filled_picker(door)
    await picking.choose(door, form, number)
    await picking.shows(door, why)
    sent = await door.slack.submit(ASHA, form.id, {"reason": {"reason": "x"}})
    assert isinstance(sent, Invalid)
    assert sent.errors["number.IN"].endswith(why)
    assert await door.acts() == []


async def test_the_form_opens_at_once_whatever_vobiz_does_says_so_and_keeps_what_was_put_in(tmp_path: Path) -> None:
    async with a_door(tmp_path, read_budget=0.3) as door:
        door.vobiz.every_read(ReadMood.NEVER_ANSWERED)
        form = await picking.a_picker(door, "IN mumbai")
        [opened] = door.slack.workspace.calls_of("views.open")
        assert "Vobiz is being read…" in str(opened.arguments)
        form = await picking.shows(door, "Vobiz could not be read: search again in a moment.")
        door.vobiz.reads_recover()
        await picking.search(door, form, "mumbai ends 19")
        form = await picking.shows(door, "1 number fits.")
        assert (picking.chosen(form), form.state["search"]["search"]["value"]) == (["+912269000119"], "mumbai ends 19")


async def test_past_a_minute_the_form_says_how_old_it_is_and_that_vobiz_cannot_be_read(door: Door) -> None:
    form = await picking.a_filled_picker(door)
    door.vobiz.every_read(ReadMood.UNAVAILABLE_503)
    door.clock.advance(190)
    await picking.search(door, form, "0142")
    await asyncio.gather(*(load.task for load in door.surfaces.offering.inventory._loads.values()))
    await picking.search(door, form, "0187")
    form = await picking.shows(door, "1 number fits. · As of 3 minutes ago, and Vobiz cannot be read just now.")
    assert "As listed 3 minutes ago; it is read again when you request it." in str(form.blocks)


async def test_a_form_without_a_number_or_with_a_notice_stays_open(door: Door) -> None:
    form = await picking.a_filled_picker(door)
    sent = await door.slack.submit(ASHA, form.id, {"reason": {"reason": "for support"}})
    assert isinstance(sent, Invalid)
    assert list(sent.errors) == ["number.IN"]
    await picking.choose(door, form, NOTHING)
    assert await door.slack.submit(ASHA, form.id) == Invalid(errors={"number.IN": "Pick a number from the list."})
    assert door.slack.workspace.calls_of("views.update") == []
    assert await door.acts() == []


async def test_a_reason_that_is_too_long_is_refused_in_the_form_which_keeps_it(door: Door) -> None:
    long = "why " * 150
    await door.slack.command(ASHA, NUMBERS, f"{BENGALURU} for {long}")
    form = await picking.shows(door, "1 number fits.")
    assert (picking.chosen(form), form.state["reason"]["reason"]["value"]) == ([BENGALURU], long.strip())
    sent = await door.slack.submit(ASHA, form.id)
    assert sent == Invalid(errors={"reason": "A reason has at most 500 characters, this one 599. Shorten it."})
    assert await door.slack.submit(ASHA, form.id, {"reason": {"reason": "short"}}) == Done()
    assert (await door.the_act(Ask)).reason == "short"


async def test_with_a_reason_that_is_too_long_several_numbers_and_the_reason_stand_in_the_form(door: Door) -> None:
    long = "why " * 150
    await door.slack.command(ASHA, NUMBERS, f"*{BENGALURU}*, *{picking.OTHER}* for {long}")
    form = await picking.shows(door, "2 numbers: ")
    assert (picking.chosen(form), form.state["reason"]["reason"]["value"]) == ([BENGALURU, picking.OTHER], long.strip())
    assert await door.slack.submit(ASHA, form.id, {"reason": {"reason": "short"}}) == Done()
    assert (await door.the_act(Ask)).numbers == (BENGALURU, picking.OTHER)


async def test_what_somebody_asked_for_meanwhile_is_refused_in_the_form_and_another_number_is_taken(
    office: Office,
) -> None:
    await office.ask("IN for the desk")
    form = await office.sees(lambda: office.slack.modal(ASHA))
    assert form is not None
    await office.a_card(by=MEERA)
    await office.slack.click(ASHA, form.id, "number", chosen=picking.several(BENGALURU))
    sent = await office.slack.submit(ASHA, form.id)
    assert isinstance(sent, Invalid)
    assert "already requested" in sent.errors["number.IN"]
    await office.slack.click(ASHA, form.id, "number", chosen=picking.several(picking.OTHER))
    assert await office.slack.submit(ASHA, form.id) == Done()
    cards = await office.sees(lambda: found if len(found := office.slack.messages(NUMBERS)) == 2 else [])
    assert "the desk" in cards[1].text


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("somebody else took it", "+91 80 6900 0142 is not on sale any more."),
        ("our people bought it", "+91 80 6900 0142 is already ours"),
        ("it cannot be read", "Vobiz could not be read"),
    ],
)
async def test_what_vobiz_alone_knows_is_refused_in_the_form_which_keeps_what_was_put_in(
    door: Door, what: str, told: str
) -> None:
    form = await picking.a_filled_picker(door)
    await picking.choose(door, form, picking.OTHER, BENGALURU)
    form = await picking.shows(door, "*+91 80 6900 0142*")
    match what:
        case "somebody else took it":
            door.vobiz.somebody_else_takes(BENGALURU)
        case "our people bought it":
            door.vobiz.our_people_buy_in_the_console(BENGALURU)
        case _:
            door.vobiz.every_read(ReadMood.GARBAGE)
    sent = await door.slack.submit(ASHA, form.id, {"reason": {"reason": "the desk"}})
    assert isinstance(sent, Invalid)
    assert told in sent.errors["number.IN"]
    assert door.slack.modal(ASHA) is not None
    assert await door.acts() == []


async def test_while_vobiz_is_slow_a_form_that_is_sent_closes_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picker, "LOOK_WITHIN", 0.1)
    async with a_door(tmp_path, read_budget=60.0) as door:
        form = await picking.a_filled_picker(door)
        await picking.choose(door, form, BENGALURU)
        form = await picking.shows(door, "*+91 80 6900 0142*")
        door.vobiz.every_read(ReadMood.NEVER_ANSWERED)
        assert await door.slack.submit(ASHA, form.id, {"reason": {"reason": "the desk"}}) == Done()
        assert (await door.the_act(Ask)).reason == "the desk"


async def test_what_costs_more_than_may_be_charged_is_refused_in_the_form(tmp_path: Path) -> None:
    async with a_door(tmp_path, rules=Rules(max_charge={"INR": Money.of("100 INR")})) as door:
        form = await picking.a_filled_picker(door, "IN ends 9999")
        await picking.choose(door, form, BENGALURU)
        sent = await door.slack.submit(ASHA, form.id)
        assert isinstance(sent, Invalid)
        assert sent.errors["number.IN"].startswith("+91 80 6900 0142 would cost ₹101, more than")
        assert await door.acts() == []


async def test_terms_that_changed_since_they_were_seen_are_shown_anew_before_anything_is_requested(door: Door) -> None:
    form = await picking.a_filled_picker(door)
    await picking.choose(door, form, BENGALURU)
    form = await picking.shows(door, "*+91 80 6900 0142*")
    door.vobiz.change_terms(BENGALURU, setup_fee=250)
    door.clock.advance(FRESH + 1)
    door.surfaces.offering.is_known("IN")
    await asyncio.gather(*(load.task for load in door.surfaces.offering.inventory._loads.values()))
    assert await door.slack.submit(ASHA, form.id, {"reason": {"reason": "the desk"}}) == Done()
    form = await picking.shows(door, "*The terms have changed since you saw them.*")
    assert "₹251 now" in str(form.blocks)
    assert await door.acts() == []
    assert await door.slack.submit(ASHA, form.id) == Done()
    assert (await door.the_act(Ask)).reason == "the desk"


async def test_the_terms_on_show_are_those_of_the_number_chosen_last(door: Door) -> None:
    form = await picking.a_filled_picker(door)
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
    form = await picking.a_filled_picker(door)
    late = door.slack.workspace.faults.hang("views.update")
    await picking.choose(door, form, BENGALURU)
    await door.slack.wait_for(lambda workspace: len(workspace.calls_of("views.update")) == 1)
    await picking.choose(door, form, picking.OTHER)
    await picking.shows(door, "*+91 80 6900 0187*")
    late.set()
    assert isinstance(await door.slack.options(ASHA, form.id, "number", "0142"), Offered)
    assert "*+91 80 6900 0142*" not in str((await picking.shows(door, "*+91 80 6900 0187*")).blocks)


async def test_a_form_that_was_closed_meanwhile_is_left_alone(door: Door) -> None:
    form = await picking.a_filled_picker(door)
    held = door.slack.workspace.faults.hang("views.update")
    await picking.choose(door, form, BENGALURU)
    await door.slack.wait_for(lambda workspace: workspace.calls_of("views.update"))
    await door.slack.close(ASHA, form.id)
    held.set()
    assert await door.slack.command(ASHA, NUMBERS, "help") == Done()
    assert door.slack.modal(ASHA) is None


@pytest.mark.parametrize(("channel", "is_private"), [(NUMBERS, False), (FINANCE, True)])
async def test_the_form_sends_number_reason_channel_and_terms_shown(door: Door, channel: str, is_private: bool) -> None:
    form = await picking.a_filled_picker(door, channel=channel)
    await picking.choose(door, form, BENGALURU)
    shown = await picking.shows(door, "First year")
    sent = await door.slack.submit(ASHA, shown.id, {"reason": {"reason": " for\n the support line "}})
    assert sent == Done()
    ask = await door.the_act(Ask)
    assert (ask.e164, ask.reason, ask.channel) == (BENGALURU, "for the support line", channel)
    assert (ask.digest, ask.is_private) == (some_terms(account=door.vobiz.master.auth_id).digest, is_private)
    assert (ask.by.user, ask.by.channel, ask.by.response_url) == (ASHA, channel, None)
    assert door.slack.modal(ASHA) is None


async def test_with_a_channel_of_approvals_the_form_opens_in_a_direct_message_and_asks_from_there(
    tmp_path: Path,
) -> None:
    async with a_door(tmp_path, rules=Rules(approval_channel=NUMBERS)) as door:
        here = door.slack.workspace.channels.direct(ASHA).id
        form = await picking.a_filled_picker(door, channel=here)
        await picking.choose(door, form, BENGALURU)
        assert await door.slack.submit(ASHA, form.id, {"reason": {"reason": "the desk"}}) == Done()
        ask = await door.the_act(Ask)
        assert (ask.e164, ask.channel, ask.is_private) == (BENGALURU, here, True)


async def test_a_number_sent_before_its_terms_were_shown_has_no_digest_and_needs_no_reason(door: Door) -> None:
    form = await picking.a_filled_picker(door)
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
    await office.slack.click(ASHA, form.id, "number", chosen=picking.several(BENGALURU))
    await office.sees(lambda: "First year" in str(office.slack.modal(ASHA)))
    await office.slack.submit(ASHA, form.id, {"reason": {"reason": "for the support line"}})
    [card] = await office.sees(lambda: office.slack.messages(NUMBERS))
    assert "+91 80 6900 0142" in card.text
    assert "for the support line" in card.text
