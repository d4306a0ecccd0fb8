"""`/buynumber`: what is stored, what is answered at once, where it may be used, and what a freeze does."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import refusals
from bot.domain.request import Status
from bot.domain.rules import Rules
from bot.sandbox.slack import Done, Failed, Message
from bot.sandbox.slack.example import ASHA, FINANCE, MEERA, NUMBERS, OLD, VIKRAM
from bot.sandbox.slack.shapes import object_of
from bot.sandbox.vobiz import ReadMood
from bot.services.acts import Ask, AskForReport, AskForStatus, AskWhy, Freeze
from handlers import command
from handlers.views.refusals import refusal_words
from handlers.views.wording import REASON_LIMIT
from tests.handlers.door import Door, a_door
from tests.handlers.picking import a_number, shows
from tests.harness.office import BENGALURU, Office

AMBIGUOUS = "+4930901820 24 lines"
SHORTER, LONGER = "+4930901820", "+493090182024"


async def asked_which(door: Door, *, channel: str = NUMBERS) -> Message:
    sell(door, SHORTER, LONGER)
    await door.slack.command(ASHA, channel, AMBIGUOUS)
    [question] = door.slack.ephemerals_for(ASHA)
    return question


def sell(door: Door, *numbers: str) -> None:
    for number in numbers:
        door.vobiz.world.stock([replace(a_number(number), country="DE")])


async def test_a_number_is_stored_as_it_was_asked_for_without_a_word_and_without_asking_anybody(door: Door) -> None:
    assert await door.slack.command(ASHA, NUMBERS, "+91 80690 00142 for the support line") == Done()
    ask = await door.the_act(Ask)
    assert (ask.e164, ask.reason, ask.channel, ask.digest) == (BENGALURU, "the support line", NUMBERS, None)
    assert (ask.team, ask.user, ask.at) == (door.slack.workspace.team.id, ASHA, door.clock.now())
    assert ask.by.response_url is not None
    assert ask.trigger_id == door.slack.sent[0].payload["trigger_id"]
    assert door.slack.ephemerals_for(ASHA) == []
    assert door.slack.workspace.calls == []
    assert door.vobiz.read_calls == []


async def test_a_number_that_slack_made_a_link_of_is_the_same_number(door: Door) -> None:
    door.slack.workspace.tel_links = True
    await door.slack.command(ASHA, NUMBERS, "+91 80690 00142 for R&D <beta>")
    ask = await door.the_act(Ask)
    assert (ask.e164, ask.reason) == (BENGALURU, "R&D <beta>")


async def test_what_cannot_be_stored_fails_and_the_log_says_so(door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    door.store.close()
    assert isinstance(await door.slack.command(ASHA, NUMBERS, BENGALURU), Failed)
    last = door.slack.http.last
    assert last is not None
    answer = await door.session.post(door.url, data=last.body, headers=last.headers)
    assert (answer.status, await answer.text()) == (500, "")
    assert "a handler failed" in capsys.readouterr().out


async def test_after_a_command_that_lacks_something_the_next_is_served(door: Door) -> None:
    assert await door.post_signed(b"command=%2Fbuynumber&text=status") == 400
    assert await door.slack.command(ASHA, NUMBERS, BENGALURU) == Done()
    assert len(await door.acts()) == 1


async def test_status_is_stored_for_its_judge(door: Door) -> None:
    assert await door.slack.command(ASHA, NUMBERS, "status") == Done()
    status = await door.the_act(AskForStatus)
    assert (status.user, status.in_home, status.at) == (ASHA, False, door.clock.now())
    assert (status.team, status.by.channel) == (door.slack.workspace.team.id, NUMBERS)
    assert door.slack.ephemerals_for(ASHA) == []


@pytest.mark.parametrize(("text", "month"), [("report", None), ("report 2026-11", "2026-11")])
async def test_a_report_is_stored_for_its_judge(door: Door, text: str, month: str | None) -> None:
    assert await door.slack.command(MEERA, NUMBERS, text) == Done()
    asked = await door.the_act(AskForReport)
    assert (asked.user, asked.month) == (MEERA, month)
    assert door.slack.ephemerals_for(MEERA) == []


async def test_why_is_stored_for_its_judge_with_the_number(door: Door) -> None:
    assert await door.slack.command(ASHA, FINANCE, "why +91 80690 00142") == Done()
    asked = await door.the_act(AskWhy)
    assert (asked.user, asked.e164, asked.team) == (ASHA, BENGALURU, door.slack.workspace.team.id)
    assert door.slack.ephemerals_for(ASHA) == []


@pytest.mark.parametrize(("text", "freezes"), [("freeze", True), ("unfreeze", False)])
@pytest.mark.parametrize("channel", [NUMBERS, FINANCE])
async def test_a_freeze_is_stored_with_where_it_was_typed(door: Door, text: str, freezes: bool, channel: str) -> None:
    assert await door.slack.command(MEERA, channel, text) == Done()
    freeze = await door.the_act(Freeze)
    assert (freeze.freezes, freeze.channel, freeze.user) == (freezes, channel, MEERA)
    assert (freeze.team, freeze.by.response_url is None) == (door.slack.workspace.team.id, False)


@pytest.mark.parametrize(
    ("text", "begins", "then"),
    [
        ("help", "`/buynumber`", "/buynumber +91 98765 43210 for the support line"),
        ("staus", "“staus” is not understood. Did you mean status?", ""),
        ("+91 98765", "“+91 98765” is too short", ""),
        ("x" * 9_000, "That is too long to read", ""),
    ],
)
async def test_what_needs_no_judge_is_told_to_the_caller_alone(door: Door, text: str, begins: str, then: str) -> None:
    assert await door.slack.command(ASHA, NUMBERS, text) == Done()
    answer = await door.heard()
    assert answer.startswith(begins)
    assert then in answer
    assert door.slack.messages(NUMBERS) == []
    assert await door.acts() == []


async def test_a_number_is_as_private_as_the_place_where_it_was_asked_for(tmp_path: Path) -> None:
    async with a_door(tmp_path, rules=Rules(approval_channel=NUMBERS)) as door:
        for place in (NUMBERS, FINANCE, door.slack.workspace.channels.direct(ASHA).id):
            await door.slack.command(ASHA, place, BENGALURU)
        assert [act.is_private for act in await door.acts() if isinstance(act, Ask)] == [False, True, True]


@pytest.mark.parametrize(("channel", "is_private"), [(NUMBERS, False), (FINANCE, True)])
async def test_the_number_meant_is_as_private_as_its_question(door: Door, channel: str, is_private: bool) -> None:
    question = await asked_which(door, channel=channel)
    await door.slack.click(ASHA, question.ts, "choose_number_1")
    assert (await door.the_act(Ask)).is_private == is_private


@pytest.mark.parametrize(
    ("text", "country", "search"),
    [
        ("", "IN", ""),
        ("IN", "IN", ""),
        ("US", "US", ""),
        ("IN 80", "IN", "80"),
        ("uk", "GB", ""),
        ("india", "IN", ""),
        ("india 80", "IN", "80"),
        ("80", "IN", "80"),
        ("80 sms", "IN", "80 sms"),
        ("Mumbai", "IN", "Mumbai"),
        ("Berlin", "DE", "Berlin"),
        ("new york ends 19", "US", "new york ends 19"),
    ],
)
async def test_the_picker_opens_with_what_was_typed(door: Door, text: str, country: str, search: str) -> None:
    assert await door.slack.command(ASHA, NUMBERS, text) == Done()
    form = await door.form()
    assert object_of(form.state["country"]["country"], "selected_option")["value"] == country
    assert form.state["search"]["search"]["value"] == (search or None)
    assert door.slack.ephemerals_for(ASHA) == []
    assert await door.acts() == []


@pytest.mark.parametrize("text", ["hello there", "sell it", "24 phones please", "<!channel> *bold* @here"])
async def test_what_nothing_is_called_is_answered_in_one_line_with_a_button_that_opens_the_picker(
    door: Door, text: str
) -> None:
    assert await door.slack.command(ASHA, NUMBERS, text) == Done()
    [answer] = door.slack.ephemerals_for(ASHA)
    assert len(answer.text.splitlines()) == 1
    assert "/buynumber" in answer.text
    assert door.slack.modal(ASHA) is None
    assert await door.slack.click(ASHA, answer.ts, "pick_number") == Done()
    await door.form()
    assert await door.acts() == []


@pytest.mark.parametrize(
    ("text", "found"), [("+91 80 6900 014", "*+91 80 6900 0142*"), ("+44 20 7946 081", "*+44 20 7946 0812*")]
)
async def test_a_number_that_is_none_is_searched_for_by_the_button_of_its_answer(
    door: Door, text: str, found: str
) -> None:
    await door.slack.command(ASHA, NUMBERS, text)
    [answer] = door.slack.ephemerals_for(ASHA)
    await door.slack.click(ASHA, answer.ts, "pick_number")
    await shows(door, found)


@pytest.mark.parametrize("value", ["", "[]", "null", '{"search": 7}', '{"search": "' + "9" * 200 + '"}'])
async def test_a_pick_that_the_bot_never_offered_opens_nothing_and_is_turned_away(door: Door, value: str) -> None:
    await door.slack.command(ASHA, NUMBERS, "staus")
    [answer] = door.slack.ephemerals_for(ASHA)
    assert await door.slack.forge_click(ASHA, answer.ts, "pick_number", value=value) == Done()
    assert isinstance(await door.turned_away(), refusals.NotOffered)


async def test_words_are_searched_for_in_the_picker_while_nobody_knows_what_is_on_sale(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "SURVEYED_WITHIN", 0.1)
    door.vobiz.every_read(ReadMood.NEVER_ANSWERED)
    assert await door.slack.command(ASHA, NUMBERS, "Berlin") == Done()
    form = await door.form()
    assert form.state["search"]["search"]["value"] == "Berlin"


async def test_a_picker_that_does_not_open_is_answered_in_words(door: Door) -> None:
    door.slack.workspace.faults.refuse("views.open", "expired_trigger_id")
    await door.slack.command(ASHA, NUMBERS, "IN")
    assert "try the same again" in (await door.heard())


@pytest.mark.parametrize(
    ("button", "number", "reason"), [("choose_number_1", SHORTER, "24 lines"), ("choose_number_2", LONGER, "lines")]
)
async def test_of_two_readings_the_callers_choice_is_stored(door: Door, button: str, number: str, reason: str) -> None:
    question = await asked_which(door)
    assert question.text.splitlines()[1:] == ["+49 30 901820, reason: 24 lines", "+49 30 90182024, reason: lines"]
    assert await door.acts() == []
    assert await door.slack.click(ASHA, question.ts, button) == Done()
    ask = await door.the_act(Ask)
    assert (ask.e164, ask.reason, ask.channel, ask.user) == (number, reason, NUMBERS, ASHA)
    await door.slack.wait_for(lambda _: door.slack.ephemerals_for(ASHA) == [])


@pytest.mark.parametrize(
    ("on_sale", "number", "reason"), [((SHORTER,), SHORTER, "24 lines"), ((LONGER,), LONGER, "lines")]
)
@pytest.mark.parametrize("is_known", [True, False])
async def test_of_two_readings_the_one_that_is_on_sale_is_meant(
    door: Door, on_sale: tuple[str, ...], number: str, reason: str, is_known: bool
) -> None:
    sell(door, *on_sale)
    if is_known:
        await door.surfaces.offering.inventory.survey(within=60)
    await door.slack.command(ASHA, NUMBERS, AMBIGUOUS)
    ask = await door.the_act(Ask)
    assert (ask.e164, ask.reason) == (number, reason)
    assert door.slack.ephemerals_for(ASHA) == []


async def test_of_two_readings_of_which_none_is_on_sale_the_caller_hears_so(door: Door) -> None:
    await door.slack.command(ASHA, NUMBERS, AMBIGUOUS)
    assert (await door.heard()).startswith("Neither +49 30 901820 nor +49 30 90182024 is on sale at Vobiz.")
    assert await door.acts() == []


async def test_of_two_readings_the_caller_is_asked_when_vobiz_cannot_be_read(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "ON_SALE_WITHIN", 0.1)
    door.vobiz.every_read(ReadMood.NEVER_ANSWERED)
    await door.slack.command(ASHA, NUMBERS, AMBIGUOUS)
    assert (await door.heard()).startswith("Two numbers can be read there.")


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
async def test_a_choice_the_bot_never_offered_requests_nothing_and_is_turned_away(door: Door, value: str) -> None:
    question = await asked_which(door)
    assert await door.slack.forge_click(ASHA, question.ts, "choose_number_1", value=value) == Done()
    assert isinstance(await door.turned_away(), refusals.NotOffered)


@pytest.mark.parametrize("text", [AMBIGUOUS, "", "IN 80"])
async def test_where_the_command_may_not_be_used_it_says_where_it_may(tmp_path: Path, text: str) -> None:
    async with a_door(tmp_path, rules=Rules(allowed_channels=frozenset({FINANCE, OLD}))) as door:
        await door.slack.command(ASHA, NUMBERS, text)
        assert await door.turned_away() == refusals.ChannelNotAllowed(channel=NUMBERS, allowed=(FINANCE, OLD))
        await door.slack.command(ASHA, FINANCE, BENGALURU)
        assert len(await door.acts()) == 2
        assert door.slack.modal(ASHA) is None


@pytest.mark.parametrize(("text", "stored"), [("status", 1), ("help", 0), ("freeze", 1)])
async def test_what_asks_for_no_number_may_be_typed_anywhere(tmp_path: Path, text: str, stored: int) -> None:
    async with a_door(tmp_path, rules=Rules(allowed_channels=frozenset({FINANCE}))) as door:
        assert await door.slack.command(MEERA, NUMBERS, text) == Done()
        assert not any("cannot be used" in message.text for message in door.slack.ephemerals_for(MEERA))
        assert len(await door.acts()) == stored


@pytest.mark.parametrize("text", [AMBIGUOUS, ""])
async def test_in_a_direct_message_without_an_approval_channel_one_line_says_so(door: Door, text: str) -> None:
    await door.slack.command(ASHA, door.slack.workspace.channels.direct(ASHA).id, text)
    refusal = await door.turned_away()
    assert isinstance(refusal, refusals.NoApprovalChannel)
    assert len(refusal_words(refusal).splitlines()) == 1


async def said(office: Office, words: str) -> Message:
    """What everybody in the channel sees, once it says so."""
    found = await office.sees(lambda: [one for one in office.slack.messages(NUMBERS) if words in one.text])
    return found[-1]


async def test_a_freeze_is_told_to_everybody_and_nothing_is_approved_until_somebody_lifts_it(office: Office) -> None:
    card = await office.a_card()
    assert await office.ask("freeze", by=MEERA) == Done()
    told = await said(office, f"*Buying is frozen* by <@{MEERA}>")
    assert "`/buynumber unfreeze`" in told.text
    await office.approve(card, by=VIKRAM)
    await office.hears(VIKRAM, "buying is frozen. Approve it again once an approver has lifted the freeze.")
    [request] = await office.requests()
    assert request.status is Status.PENDING
    assert office.vobiz.purchase_calls == []
    await office.ask("unfreeze", by=VIKRAM)
    await said(office, f"*Buying is possible again*: <@{VIKRAM}> lifted the freeze")
    await office.approve(card)
    await office.told(card, "is bought.")
