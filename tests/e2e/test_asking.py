"""What is typed and becomes no request: one clear line for the caller alone, and nothing in the channel."""

import pytest

from bot.sandbox.slack import Done, Message
from bot.sandbox.slack.example import ASHA, FINANCE, GENERAL, GUEST, MEERA, NUMBERS, VIKRAM
from bot.sandbox.vobiz import ReadMood
from tests.harness.office import BENGALURU, Office, OpenOffice, Transport


async def the_answer(office: Office, text: str, *, by: str = ASHA, channel: str = NUMBERS) -> Message:
    """What the caller alone was answered, the only thing that anybody sees of it."""
    assert await office.ask(text, by=by, channel=channel) == Done()
    [heard] = await office.sees(lambda: office.slack.ephemerals_for(by))
    assert [office.slack.messages(place) for place in (NUMBERS, GENERAL, FINANCE)] == [[], [], []]
    assert [office.slack.ephemerals_for(other) for other in (MEERA, VIKRAM)] == [[], []]
    assert await office.requests() == []
    return heard


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("+91 80 6900 9999", "+91 80 6900 9999 is not on sale at Vobiz. Pick another one with `/buynumber`."),
        ("+91 20 6900 0154", "+91 20 6900 0154 is blocked at Vobiz and cannot be bought."),
        ("+91 80 69", "“+91 80 69” is too short for a valid number."),
        ("+999 80 6900 0142", "“+999 80 6900 0142” is not a valid number."),
        ("hello there", "“hello there” is not understood. Begin with the number: +91 98765 43210 for support."),
        ("freez", "“freez” is not understood. Did you mean freeze?"),
        ("status please", "Nothing may follow status, but “please” does. Write status alone."),
        ("in", "A country is written in capitals. Did you mean IN?"),
        ("ZZ", "ZZ is not a country with phone numbers"),
        ("IN mobile", "After IN come only digits to search for"),
        ("report november", "“november” is not a month. Write year and month: report 2026-11."),
    ],
)
async def test_what_cannot_be_requested_is_answered_with_one_clear_line(
    open_office: OpenOffice, typed: str, line: str
) -> None:
    office = await open_office()
    heard = await the_answer(office, typed)
    assert line in heard.text.splitlines()[0]


async def test_what_is_not_understood_is_followed_by_every_form_with_an_example(office: Office) -> None:
    heard = await the_answer(office, "hello there")
    _, *forms = heard.text.splitlines()
    assert "`/buynumber +91 98765 43210 for the support line` request that number" in forms


async def test_help_begins_with_the_forms(office: Office) -> None:
    heard = await the_answer(office, "help")
    assert heard.text.splitlines()[0].startswith("`/buynumber` ")


async def test_what_is_not_there_yet_is_said_to_be_so(office: Office) -> None:
    heard = await the_answer(office, "report 2026-11")
    assert heard.text == "That is not available yet. See `/buynumber help` for what is."


async def test_a_guest_cannot_ask(office: Office) -> None:
    heard = await the_answer(office, BENGALURU, by=GUEST)
    assert "guests cannot ask for numbers" in heard.text


async def test_a_number_that_is_ours_already_is_not_requested(office: Office) -> None:
    office.vobiz.our_people_buy_in_the_console(BENGALURU)
    heard = await the_answer(office, BENGALURU)
    assert heard.text.startswith("+91 80 6900 0142 is already ours, so nothing was requested.")


async def test_the_command_is_used_only_in_channels_that_are_allowed(open_office: OpenOffice) -> None:
    office = await open_office(ALLOWED_CHANNELS=NUMBERS)
    heard = await the_answer(office, BENGALURU, channel=FINANCE)
    assert heard.text == f"Nothing was requested: `/buynumber` cannot be used in <#{FINANCE}>. Use it in <#{NUMBERS}>."


async def test_in_a_direct_message_it_needs_a_channel_for_approvals(open_office: OpenOffice) -> None:
    office = await open_office()
    heard = await the_answer(office, BENGALURU, channel=office.slack.workspace.channels.direct(ASHA).id)
    assert heard.text == (
        "Nothing was requested: in a direct message `/buynumber` has no channel to ask for approval in. "
        "Use it in a channel."
    )


async def test_with_a_channel_for_approvals_the_card_stands_there(open_office: OpenOffice) -> None:
    office = await open_office(APPROVAL_CHANNEL=FINANCE)
    await office.ask(BENGALURU, channel=office.slack.workspace.channels.direct(ASHA).id)
    [card] = await office.sees(lambda: office.slack.messages(FINANCE))
    await office.approve(card)
    await office.told(card, "is bought.")
    assert office.slack.messages(NUMBERS) == []


@pytest.mark.parametrize(
    "mood",
    [
        ReadMood.UNAVAILABLE_503,
        ReadMood.NEVER_ANSWERED,
        ReadMood.DROPPED,
        ReadMood.GARBAGE,
        ReadMood.EMPTY,
        ReadMood.HUGE,
        ReadMood.TOO_MANY_429,
    ],
)
async def test_when_vobiz_cannot_be_read_the_caller_hears_it_and_nothing_is_posted(
    open_office: OpenOffice, mood: ReadMood
) -> None:
    office = await open_office(VOBIZ_TIMEOUT="1s")
    office.vobiz.every_read(mood)
    heard = await the_answer(office, BENGALURU)
    assert heard.text.startswith("Vobiz could not be read, so +91 80 6900 0142 was not requested.")


async def test_a_freeze_takes_effect_while_dozens_wait_for_a_vobiz_that_hangs(open_office: OpenOffice) -> None:
    office = await open_office()
    office.vobiz.every_read(ReadMood.NEVER_ANSWERED)
    for _ in range(36):
        await office.ask(BENGALURU)
    await office.ask("freeze", by=MEERA)
    await office.sees(lambda: [said for said in office.slack.messages(NUMBERS) if "Buying is frozen" in said.text])
    assert office.slack.ephemerals_for(ASHA) == []
    await office.vobiz.stop()


async def test_dozens_that_wait_for_a_vobiz_that_hangs_all_hear_it(open_office: OpenOffice) -> None:
    office = await open_office(VOBIZ_TIMEOUT="1s")
    office.vobiz.every_read(ReadMood.NEVER_ANSWERED)
    for _ in range(36):
        await office.ask(BENGALURU)
    heard = await office.sees(lambda: told if len(told := office.slack.ephemerals_for(ASHA)) == 36 else [])
    assert {one.text for one in heard} == {heard[0].text}
    assert heard[0].text.startswith("Vobiz could not be read")


async def test_a_login_that_vobiz_refuses_counts_as_unreadable(open_office: OpenOffice) -> None:
    office = await open_office(VOBIZ_AUTH_TOKEN="wrong")
    heard = await the_answer(office, BENGALURU)
    assert heard.text.startswith("Vobiz could not be read")


async def test_where_the_card_cannot_be_posted_the_caller_hears_why(office: Office) -> None:
    office.slack.workspace.faults.refuse("chat.postMessage", "not_in_channel")
    await office.ask(BENGALURU)
    heard = await office.hears(ASHA, "Nothing was requested: the approval message could not be posted")
    assert "`not_in_channel`" in heard.text
    assert office.slack.messages(NUMBERS) == []


async def test_status_lists_own_requests_and_for_approvers_what_waits(office: Office) -> None:
    await office.a_card(f"{BENGALURU} for the support line", by=ASHA)
    await office.ask("status", by=ASHA)
    own = await office.hears(ASHA, "Your requests")
    await office.ask("status", by=MEERA)
    waiting = await office.hears(MEERA, "Waiting for you")
    assert "Waiting for you" not in own.text
    assert "*+91 80 6900 0142* · INR 101.00 · pending" in own.text
    assert "*+91 80 6900 0142* · INR 101.00 · pending" in waiting.text
    assert "You have not asked for a number yet." in waiting.text


async def test_a_proxy_for_the_world_outside_is_not_asked_for_a_slack_on_this_machine(
    open_office: OpenOffice, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    office = await open_office(transport=transport)
    await office.ask("+91 80 6900 9999")
    await office.hears(ASHA, "is not on sale")
    card = await office.a_card()
    await office.approve(card)
    await office.told(card, "is bought.")
