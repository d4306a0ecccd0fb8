"""What is typed and becomes no request: one clear line for the caller alone, and nothing in the channel."""

import pytest

from bot.sandbox.slack import Done
from bot.sandbox.slack.example import ASHA, FINANCE, GENERAL, MEERA, NUMBERS, VIKRAM
from bot.sandbox.vobiz import ReadMood
from tests.harness.office import BENGALURU, Office, OpenOffice, Transport


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("+91 80 6900 9999", "+91 80 6900 9999 is not on sale at Vobiz. Pick another one with `/buynumber`."),
        ("+91 20 6900 0154", "+91 20 6900 0154 is blocked at Vobiz and cannot be bought."),
        ("+999 80 6900 0142", "“+999 80 6900 0142” is not a valid number."),
        ("hello there", "“hello there” is not understood. Begin with the number: +91 98765 43210 for support."),
        ("help", "`/buynumber` "),
    ],
)
async def test_what_cannot_be_requested_is_answered_to_the_caller_alone_with_one_clear_line(
    office: Office, typed: str, line: str
) -> None:
    assert await office.ask(typed) == Done()
    [heard] = await office.sees(lambda: office.slack.ephemerals_for(ASHA))
    assert line in heard.text.splitlines()[0]
    assert [office.slack.messages(place) for place in (NUMBERS, GENERAL, FINANCE)] == [[], [], []]
    assert [office.slack.ephemerals_for(other) for other in (MEERA, VIKRAM)] == [[], []]
    assert await office.requests() == []


async def test_with_a_channel_for_approvals_the_card_stands_there(open_office: OpenOffice) -> None:
    office = await open_office(APPROVAL_CHANNEL=FINANCE)
    await office.ask(BENGALURU, channel=office.slack.workspace.channels.direct(ASHA).id)
    [card] = await office.sees(lambda: office.slack.messages(FINANCE))
    await office.approve(card)
    await office.told(card, "is bought.")
    assert office.slack.messages(NUMBERS) == []


async def test_a_freeze_takes_effect_while_dozens_wait_for_a_vobiz_that_hangs_and_all_of_them_hear_of_it(
    open_office: OpenOffice,
) -> None:
    office = await open_office()
    office.vobiz.every_read(ReadMood.NEVER_ANSWERED)
    for _ in range(36):
        await office.ask(BENGALURU)
    await office.ask("freeze", by=MEERA)
    await office.sees(lambda: [said for said in office.slack.messages(NUMBERS) if "Buying is frozen" in said.text])
    assert office.slack.ephemerals_for(ASHA) == []
    await office.vobiz.stop()
    heard = await office.sees(lambda: told if len(told := office.slack.ephemerals_for(ASHA)) == 36 else [])
    assert {one.text for one in heard} == {heard[0].text}
    assert heard[0].text.startswith("Vobiz could not be read, so +91 80 6900 0142 was not requested.")


async def test_a_login_that_vobiz_refuses_counts_as_unreadable(open_office: OpenOffice) -> None:
    office = await open_office(VOBIZ_AUTH_TOKEN="wrong")
    await office.ask(BENGALURU)
    await office.hears(ASHA, "Vobiz could not be read")


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


@pytest.mark.parametrize(
    ("number", "mood", "told", "shown"),
    [
        ("+91 80 6900 9999", None, "is not on sale at Vobiz", "numbers"),
        (BENGALURU, ReadMood.GARBAGE, "Vobiz could not be read", "*+91 80 6900 0142*"),
    ],
)
async def test_what_is_refused_once_the_form_is_closed_can_be_put_in_again_with_its_reason(
    office: Office, number: str, mood: ReadMood | None, told: str, shown: str
) -> None:
    if mood is not None:
        office.vobiz.every_read(mood)
    await office.ask(f"{number} for the support line")
    words = await office.hears(ASHA, told)
    office.vobiz.reads_recover()
    assert await office.slack.click(ASHA, words.ts, "pick_number") == Done()
    form = await office.sees(lambda: form if (form := office.slack.modal(ASHA)) and shown in str(form.blocks) else None)
    assert form is not None
    assert "the support line" in str(form.blocks)
