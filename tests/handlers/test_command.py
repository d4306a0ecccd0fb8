"""`/buynumber`: what is stored, what is answered at once, and where it may be used."""

from pathlib import Path

import pytest

from bot.domain.numbers import e164
from bot.domain.rules import Rules
from bot.sandbox.slack import Done, Failed, Message
from bot.sandbox.slack.example import ASHA, FINANCE, GUEST, MEERA, NUMBERS, OLD, TARA
from bot.sandbox.slack.shapes import object_of
from bot.sandbox.vobiz import ReadMood
from bot.services.acts import Ask, AskForStatus, Freeze
from handlers.views.wording import REASON_LIMIT
from tests.handlers.door import Door, a_door
from tests.harness.office import BENGALURU, Office, an_office

AMBIGUOUS = "+4930901820 24 lines"
SHORTER, LONGER = "+4930901820", "+493090182024"


async def asked_which(door: Door, *, user: str = ASHA, channel: str = NUMBERS) -> Message:
    await door.slack.command(user, channel, AMBIGUOUS)
    [question] = door.slack.ephemerals_for(user)
    return question


async def test_a_number_is_stored_as_it_was_asked_for(door: Door) -> None:
    assert await door.slack.command(ASHA, NUMBERS, "+91 80690 00142 for the support line") == Done()
    ask = await door.the_act(Ask)
    assert (ask.e164, ask.reason, ask.channel, ask.digest) == (BENGALURU, "the support line", NUMBERS, None)
    assert (ask.team, ask.user, ask.at) == (door.slack.workspace.team.id, ASHA, door.clock.now())
    assert ask.by.response_url is not None
    assert ask.trigger_id == door.slack.sent[0].payload["trigger_id"]


async def test_a_number_is_acknowledged_without_a_word_and_without_asking_anybody(door: Door) -> None:
    await door.slack.command(ASHA, NUMBERS, BENGALURU)
    assert door.slack.ephemerals_for(ASHA) == []
    assert door.slack.workspace.calls == []
    assert door.vobiz.read_calls == []


async def test_a_number_that_slack_made_a_link_of_is_the_same_number(door: Door) -> None:
    door.slack.workspace.tel_links = True
    await door.slack.command(ASHA, NUMBERS, "+91 80690 00142 for R&D <beta>")
    ask = await door.the_act(Ask)
    assert (ask.e164, ask.reason) == (BENGALURU, "R&D <beta>")


async def test_a_command_that_cannot_be_stored_is_not_acknowledged(door: Door) -> None:
    door.store.close()
    assert isinstance(await door.slack.command(ASHA, NUMBERS, BENGALURU), Failed)


async def test_status_is_stored_for_its_judge(door: Door) -> None:
    assert await door.slack.command(ASHA, NUMBERS, "status") == Done()
    status = await door.the_act(AskForStatus)
    assert (status.user, status.in_home) == (ASHA, False)
    assert door.slack.ephemerals_for(ASHA) == []


@pytest.mark.parametrize("text", ["help", "HELP", " help "])
async def test_help_is_for_the_caller_alone_and_shows_the_forms(door: Door, text: str) -> None:
    await door.slack.command(ASHA, NUMBERS, text)
    [answer] = door.slack.ephemerals_for(ASHA)
    assert "/buynumber +91 98765 43210 for the support line" in answer.text
    assert door.slack.messages(NUMBERS) == []
    assert await door.acts() == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sell it", "“sell it” is not understood."),
        ("statsu", "Did you mean status?"),
        ("+91 12", "too short for a valid number"),
        ("in 80", "A country is written in capitals."),
        ("status now", "Write status alone."),
        ("report yesterday", "is not a month"),
        ("<!channel> *bold* @here", "is not understood."),
        ("x" * 9_000, "too long to read"),
    ],
)
async def test_what_is_not_understood_is_told_in_one_line_and_then_the_forms(
    door: Door, text: str, problem: str
) -> None:
    assert await door.slack.command(ASHA, NUMBERS, text) == Done()
    [answer] = door.slack.ephemerals_for(ASHA)
    assert problem in answer.text.splitlines()[0]
    assert "/buynumber status" in answer.text
    assert await door.acts() == []


@pytest.mark.parametrize("text", ["report", "report 2026-11"])
async def test_what_is_not_there_yet_says_so_and_does_nothing(door: Door, text: str) -> None:
    await door.slack.command(MEERA, NUMBERS, text)
    [answer] = door.slack.ephemerals_for(MEERA)
    assert answer.text.startswith("That is not available yet.")
    assert await door.acts() == []


@pytest.mark.parametrize(("text", "freezes"), [("freeze", True), ("FREEZE", True), ("unfreeze", False)])
@pytest.mark.parametrize("channel", [NUMBERS, FINANCE])
async def test_a_freeze_is_stored_with_where_it_was_typed(door: Door, text: str, freezes: bool, channel: str) -> None:
    assert await door.slack.command(MEERA, channel, text) == Done()
    freeze = await door.the_act(Freeze)
    assert (freeze.freezes, freeze.channel, freeze.user) == (freezes, channel, MEERA)
    assert freeze.by.response_url is not None


async def test_a_freeze_works_where_numbers_may_not_be_asked_for(tmp_path: Path) -> None:
    async with a_door(tmp_path, rules=Rules(allowed_channels=frozenset({FINANCE}))) as door:
        assert await door.slack.command(MEERA, NUMBERS, "freeze") == Done()
        assert (await door.the_act(Freeze)).freezes


@pytest.mark.parametrize(("channel", "is_private"), [(NUMBERS, False), (FINANCE, True)])
async def test_what_was_asked_for_where_not_everybody_reads_is_kept_as_private(
    door: Door, channel: str, is_private: bool
) -> None:
    await door.slack.command(ASHA, channel, BENGALURU)
    assert (await door.the_act(Ask)).is_private == is_private


@pytest.mark.parametrize(("channel", "is_private"), [(NUMBERS, False), (FINANCE, True)])
async def test_the_number_that_was_meant_is_as_private_as_the_question(
    door: Door, channel: str, is_private: bool
) -> None:
    question = await asked_which(door, channel=channel)
    await door.slack.click(ASHA, question.ts, "choose_number_1")
    assert (await door.the_act(Ask)).is_private == is_private


async def test_what_was_asked_for_in_a_direct_message_is_private(tmp_path: Path) -> None:
    async with a_door(tmp_path, rules=Rules(approval_channel=NUMBERS)) as door:
        await door.slack.command(ASHA, door.slack.workspace.channels.direct(ASHA).id, BENGALURU)
        assert (await door.the_act(Ask)).is_private


@pytest.mark.parametrize(
    ("text", "country", "digits"), [("", "IN", ""), ("IN", "IN", ""), ("US", "US", ""), ("IN 80", "IN", "80")]
)
async def test_the_picker_opens_with_what_was_typed(door: Door, text: str, country: str, digits: str) -> None:
    assert await door.slack.command(ASHA, NUMBERS, text) == Done()
    form = await door.slack.wait_for(lambda _: door.slack.modal(ASHA))
    assert form is not None
    assert object_of(form.state["country"]["country"], "selected_option")["value"] == country
    assert form.state["digits"]["digits"]["value"] == (digits or None)
    assert door.slack.ephemerals_for(ASHA) == []
    assert await door.acts() == []


async def test_a_picker_that_does_not_open_is_answered_in_words(door: Door) -> None:
    door.slack.workspace.faults.refuse("views.open", "expired_trigger_id")
    await door.slack.command(ASHA, NUMBERS, "IN")
    [answer] = await door.slack.wait_for(lambda _: door.slack.ephemerals_for(ASHA))
    assert "try the same again" in answer.text


async def test_when_two_numbers_can_be_read_the_caller_is_asked_which(door: Door) -> None:
    question = await asked_which(door)
    assert question.text.splitlines()[1:] == ["+49 30 901820, reason: 24 lines", "+49 30 90182024, reason: lines"]
    assert await door.acts() == []


@pytest.mark.parametrize(
    ("button", "number", "reason"), [("choose_number_1", SHORTER, "24 lines"), ("choose_number_2", LONGER, "lines")]
)
async def test_the_number_that_was_meant_is_stored(door: Door, button: str, number: str, reason: str) -> None:
    question = await asked_which(door)
    assert await door.slack.click(ASHA, question.ts, button) == Done()
    ask = await door.the_act(Ask)
    assert (ask.e164, ask.reason, ask.channel, ask.user) == (number, reason, NUMBERS, ASHA)


async def test_a_reason_forged_into_the_choice_is_kept_on_one_line_and_bounded(door: Door) -> None:
    question = await asked_which(door)
    forged = '{"e164": "+4930901820", "reason": "two\\nlines ' + "x" * 900 + '"}'
    assert await door.slack.forge_click(ASHA, question.ts, "choose_number_1", value=forged) == Done()
    ask = await door.the_act(Ask)
    assert ask.reason.startswith("two lines x")
    assert len(ask.reason) == REASON_LIMIT


@pytest.mark.parametrize(
    "value", ["", "{}", "[]", "null", '{"e164": "+12"}', '{"e164": "911"}', '{"e164": 4930901820}', "+4930901820"]
)
async def test_a_choice_the_bot_never_offered_requests_nothing_and_is_answered_in_words(door: Door, value: str) -> None:
    question = await asked_which(door)
    assert await door.slack.forge_click(ASHA, question.ts, "choose_number_1", value=value) == Done()
    found = await door.slack.wait_for(lambda _: door.slack.ephemerals_for(ASHA)[1:])
    assert found[0].text.startswith("Nothing changed")
    assert await door.acts() == []


@pytest.mark.parametrize("button", ["approve_everything", "choose_number_3", "choose_number_12", "my_choose_number_1"])
async def test_a_button_that_nobody_knows_any_more_is_answered_in_words(door: Door, button: str) -> None:
    said = door.slack.say(TARA, NUMBERS, "hello")
    assert await door.slack.forge_click(ASHA, said.ts, button, value="x") == Done()
    [answer] = await door.slack.wait_for(lambda _: door.slack.ephemerals_for(ASHA))
    assert answer.text.startswith("Nothing changed")
    assert await door.acts() == []


@pytest.mark.parametrize("text", [AMBIGUOUS, "", "IN 80"])
async def test_where_the_command_may_not_be_used_it_says_where_it_may(tmp_path: Path, text: str) -> None:
    rules = Rules(allowed_channels=frozenset({FINANCE, OLD}))
    async with a_door(tmp_path, rules=rules) as door:
        await door.slack.command(ASHA, NUMBERS, text)
        [answer] = door.slack.ephemerals_for(ASHA)
        assert f"Use it in <#{FINANCE}>, <#{OLD}>" in answer.text
        assert await door.acts() == []
        await door.slack.command(ASHA, FINANCE, BENGALURU)
        assert len(await door.acts()) == 1
        assert door.slack.modal(ASHA) is None


async def test_a_number_asked_for_where_that_is_not_allowed_is_told_to_the_caller_alone(tmp_path: Path) -> None:
    async with an_office(tmp_path, ALLOWED_CHANNELS=FINANCE) as office:
        await office.ask(BENGALURU)
        await office.hears(ASHA, f"cannot be used in <#{NUMBERS}>. Use it in <#{FINANCE}>.")
        assert await office.requests() == []


async def test_a_number_asked_for_in_a_direct_message_is_told_to_need_an_approval_channel(office: Office) -> None:
    await office.ask(BENGALURU, channel=office.slack.workspace.channels.direct(ASHA).id)
    await office.hears(ASHA, "in a direct message `/buynumber` has no channel to ask for approval in")
    assert await office.requests() == []


@pytest.mark.parametrize("text", ["status", "help"])
async def test_what_only_the_caller_sees_may_be_asked_for_anywhere(tmp_path: Path, text: str) -> None:
    async with a_door(tmp_path, rules=Rules(allowed_channels=frozenset({FINANCE}))) as door:
        await door.slack.command(ASHA, NUMBERS, text)
        assert not any("cannot be used" in message.text for message in door.slack.ephemerals_for(ASHA))


@pytest.mark.parametrize("text", [AMBIGUOUS, ""])
async def test_in_a_direct_message_without_an_approval_channel_one_line_says_so(door: Door, text: str) -> None:
    direct = door.slack.workspace.channels.direct(ASHA).id
    await door.slack.command(ASHA, direct, text)
    [answer] = door.slack.ephemerals_for(ASHA)
    assert "in a direct message" in answer.text
    assert len(answer.text.splitlines()) == 1
    assert await door.acts() == []


async def test_in_a_direct_message_with_an_approval_channel_it_works(tmp_path: Path) -> None:
    async with an_office(tmp_path, APPROVAL_CHANNEL=NUMBERS) as office:
        await office.ask(BENGALURU, channel=office.slack.workspace.channels.direct(ASHA).id)
        [card] = await office.slack.wait_for(lambda _: office.slack.messages(NUMBERS))
        assert f"Requested by: <@{ASHA}>" in card.text


async def test_when_vobiz_cannot_be_read_the_caller_hears_it_and_nothing_is_posted(office: Office) -> None:
    office.vobiz.every_read(ReadMood.GARBAGE)
    await office.ask(BENGALURU)
    await office.hears(ASHA, "Vobiz could not be read")
    assert office.slack.messages(NUMBERS) == []
    assert await office.requests() == []


@pytest.mark.parametrize(
    ("number", "words"), [("+918069009999", "is not on sale"), ("+918069000142", "already requested")]
)
async def test_a_number_that_cannot_be_requested_is_told_to_the_caller_alone(
    office: Office, number: str, words: str
) -> None:
    await office.a_card()
    await office.ask(e164(number), by=TARA)
    await office.hears(TARA, words)
    assert len(office.slack.messages(NUMBERS)) == 1


async def test_a_guest_hears_that_guests_cannot_ask(office: Office) -> None:
    await office.ask(BENGALURU, by=GUEST)
    await office.hears(GUEST, "guests cannot ask for numbers")
    assert office.slack.messages(NUMBERS) == []


async def test_status_shows_a_member_their_own_requests_and_nobody_elses(office: Office) -> None:
    await office.a_card(f"{BENGALURU} for the support line")
    await office.ask("status", by=TARA)
    assert "You have not asked for a number yet" in (await office.hears(TARA, "Your requests")).text
    await office.ask("status", by=ASHA)
    mine = await office.hears(ASHA, "Your requests")
    assert "+91 80 6900 0142" in mine.text
    assert "the support line" in mine.text
    assert "Waiting for you" not in mine.text


async def test_status_shows_an_approver_what_waits(office: Office) -> None:
    await office.a_card()
    await office.ask("status", by=MEERA)
    said = (await office.hears(MEERA, "Your requests")).text
    assert said.index("Waiting for you") < said.index("+91 80 6900 0142") < said.index("Your requests")
