"""What one person alone sees: words, lists, their home and forms, by whichever way Slack takes them."""

from datetime import date

import pytest

from bot.domain import refusals
from bot.domain.known import Asked, Known
from bot.domain.money import Money
from bot.domain.report import Sale
from bot.domain.report import report as counted
from bot.domain.shown import Listed
from bot.sandbox.slack.example import ASHA, BOARD, FINANCE, GENERAL, GONE, MEERA, NUMBERS, OLD, TARA
from bot.sandbox.slack.response_urls import LIFETIME
from bot.services.acts import Address
from bot.services.letters import NoHome, Words
from bot.services.ports import MessageGone, NotDelivered, Undeliverable
from handlers.views.answers import FORM_NOT_OPENED
from handlers.views.forms import PickerState, picker
from tests.handlers.desk import Desk
from tests.harness.builders import a_shown, an_address

RESPONSE_URL = "response_url"


def an_address_of(desk: Desk, user: str = ASHA, channel: str | None = NUMBERS) -> Address:
    """With a `response_url` that Slack gave out just now."""
    url = desk.workspace.response_urls.issue("commands", user=user, channel=channel or NUMBERS)
    return an_address(user, channel=channel, response_url=f"{desk.slack.origin}{url.path}")


def frozen(to: Address) -> Words:
    return Words(to=to, reason=refusals.Frozen.reason, evidence={})


async def test_words_go_by_the_response_url_to_one_person_alone_and_once_it_has_died_in_the_channel(desk: Desk) -> None:
    to = an_address_of(desk)
    await desk.messenger.words(frozen(to))
    assert [message.channel for message in desk.heard()] == [NUMBERS]
    assert desk.heard(MEERA) == []
    assert desk.workspace.calls_of("chat.postEphemeral") == []
    desk.clock.advance(LIFETIME + 1)
    await desk.messenger.words(frozen(to))
    assert [message.channel for message in desk.heard()] == [NUMBERS] * 2
    assert len(desk.workspace.calls_of("chat.postEphemeral")) == 1


async def test_words_about_a_click_leave_the_clicked_message_as_it_is(desk: Desk) -> None:
    ts = await desk.messenger.post_card(NUMBERS, a_shown())
    before = desk.slack.message(NUMBERS, ts)
    url = desk.workspace.response_urls.issue("actions", user=ASHA, channel=NUMBERS, message_ts=ts)
    await desk.messenger.words(frozen(an_address(ASHA, channel=NUMBERS, response_url=f"{desk.slack.origin}{url.path}")))
    assert desk.slack.message(NUMBERS, ts) == before
    assert len(desk.heard()) == 1


async def test_without_a_response_url_words_go_to_the_person_in_the_channel(desk: Desk) -> None:
    await desk.messenger.words(frozen(an_address(ASHA, channel=FINANCE)))
    assert [(message.channel, message.only_for) for message in desk.heard()] == [(FINANCE, ASHA)]


@pytest.mark.parametrize(
    ("user", "channel"), [*((ASHA, channel) for channel in (GENERAL, BOARD, OLD, "C0UNKNOWN", None)), (TARA, FINANCE)]
)
async def test_where_nobody_can_whisper_words_are_a_direct_message(desk: Desk, user: str, channel: str | None) -> None:
    await desk.messenger.words(frozen(an_address(user, channel=channel)))
    assert [message.channel for message in desk.heard(user)] == [desk.workspace.channels.direct(user).id]


async def test_what_is_for_somebody_who_cannot_be_reached_at_all_can_only_fail(desk: Desk) -> None:
    with pytest.raises(Undeliverable):
        await desk.messenger.words(frozen(an_address(GONE, channel=None)))
    with pytest.raises(Undeliverable):
        await desk.messenger.home(GONE, Listed(own=(), waiting=None))


async def test_a_wait_asked_for_by_the_response_url_is_told_and_kept_to(desk: Desk) -> None:
    to = an_address_of(desk)
    desk.faults.limit(RESPONSE_URL, retry_after=9)
    with pytest.raises(NotDelivered) as limited:
        await desk.messenger.words(frozen(to))
    assert limited.value.retry_after == 9
    desk.clock.advance(4)
    with pytest.raises(NotDelivered) as still_limited:
        await desk.messenger.words(frozen(to))
    assert still_limited.value.retry_after == 5
    desk.clock.advance(5)
    await desk.messenger.words(frozen(to))
    assert len(desk.heard()) == 1


@pytest.mark.parametrize("status", [500, 503, None], ids=["500", "503", "no answer"])
async def test_a_response_url_that_fails_is_tried_again_later_and_nowhere_else(desk: Desk, status: int | None) -> None:
    if status is None:
        desk.faults.drop(RESPONSE_URL)
    else:
        desk.faults.break_with(RESPONSE_URL, status)
    with pytest.raises(NotDelivered):
        await desk.messenger.words(frozen(an_address_of(desk)))
    assert desk.heard() == []


async def test_a_whisper_that_fails_for_now_is_not_turned_into_a_direct_message(desk: Desk) -> None:
    desk.faults.limit("chat.postEphemeral", retry_after=3)
    with pytest.raises(NotDelivered) as limited:
        await desk.messenger.words(frozen(an_address(ASHA, channel=NUMBERS)))
    assert limited.value.retry_after == 3
    assert desk.heard() == []


async def test_lists_and_homes_are_for_whoever_asked_alone(desk: Desk) -> None:
    await desk.messenger.status_list(an_address_of(desk), Listed(own=(a_shown(),), waiting=None))
    assert ["Your requests" in message.text for message in desk.heard()] == [True]
    assert desk.slack.messages(NUMBERS) == []
    await desk.messenger.home(MEERA, Listed(own=(), waiting=(a_shown(),)))
    assert desk.slack.home(MEERA) is not None
    why = NoHome(to=an_address(TARA), reason=refusals.PeopleUnreadable.reason, evidence={"why": "internal_error"})
    await desk.messenger.no_home(why)
    home = desk.slack.home(TARA)
    assert home is not None
    assert "Slack could not say who may do this." in str(home.blocks)
    assert desk.slack.home(ASHA) is None


async def test_what_is_known_of_a_number_is_for_whoever_asked_alone_with_the_link_that_slack_gives(desk: Desk) -> None:
    shown = a_shown()
    ts = await desk.messenger.post_card(NUMBERS, shown)
    link = await desk.messenger.link(NUMBERS, ts)
    assert link == f"https://{desk.workspace.team.domain}.slack.com/archives/{NUMBERS}/p{ts.replace('.', '')}"
    asked = Asked(shown=shown, channel=NUMBERS, ts=ts)
    known = Known(e164=shown.request.terms.e164, asked=(asked,), is_hidden=False, outside=None, swept_at=None)
    await desk.messenger.number_told(an_address_of(desk), known, {shown.request.id: link})
    (heard,) = desk.heard()
    assert f"<{link}|" in heard.text


SOLD = Sale(
    requester=ASHA,
    country="IN",
    charged=Money.of("101 INR"),
    monthly_fee=Money.of("1 INR"),
    commitment_months=0,
    bought=date(2026, 11, 2),
    last_billing=None,
    next_billing=None,
)


async def test_a_report_has_charts_and_goes_without_where_slack_takes_none(desk: Desk) -> None:
    found = counted("2026-11", [SOLD], [])
    await desk.messenger.report(an_address_of(desk), found)
    desk.faults.refuse("chat.postEphemeral", "invalid_blocks")
    desk.faults.refuse("chat.postMessage", "invalid_blocks")
    await desk.messenger.report(an_address(ASHA, channel=NUMBERS), found)
    drawn, plain = desk.heard()
    assert drawn.text == plain.text
    kinds = [[block["type"] for block in message.blocks] for message in (drawn, plain)]
    assert [types.count("data_visualization") for types in kinds] == [2, 0]
    desk.faults.refuse("chat.postEphemeral", "user_not_in_channel")
    desk.faults.refuse("chat.postMessage", "channel_not_found")
    with pytest.raises(Undeliverable, match="channel_not_found"):
        await desk.messenger.report(an_address(ASHA, channel=NUMBERS), found)


async def test_while_slack_gives_no_link_there_is_none_and_of_a_message_that_is_gone_it_is_said(desk: Desk) -> None:
    with pytest.raises(MessageGone):
        await desk.messenger.link(NUMBERS, "1.000001")
    desk.faults.limit("chat.getPermalink", retry_after=3)
    assert await desk.messenger.link(NUMBERS, await desk.messenger.post_card(NUMBERS, a_shown())) is None


FORM = picker(PickerState(channel=NUMBERS, country="IN"))


async def test_a_form_opens_in_front_of_whoever_asked_and_once_alone(desk: Desk) -> None:
    trigger = desk.workspace.triggers.issue(ASHA)
    await desk.messenger.open_form(trigger, FORM, an_address_of(desk))
    assert desk.slack.modal(ASHA) is not None
    await desk.messenger.open_form(trigger, FORM, an_address_of(desk))
    assert desk.heard() == []


@pytest.mark.parametrize("status", [None, 429, 503], ids=["too late", "429", "503"])
async def test_a_form_that_slack_does_not_open_is_replaced_by_words(desk: Desk, status: int | None) -> None:
    trigger = desk.workspace.triggers.issue(ASHA)
    if status is None:
        desk.clock.advance(4)
    else:
        desk.faults.break_with("views.open", status)
    await desk.messenger.open_form(trigger, FORM, an_address_of(desk))
    assert [message.text for message in desk.heard()] == [FORM_NOT_OPENED]


async def test_while_slack_is_away_neither_form_nor_words_come_and_nothing_is_raised(desk: Desk) -> None:
    await desk.slack.go_away()
    await desk.messenger.open_form(desk.workspace.triggers.issue(ASHA), FORM, an_address_of(desk))
    desk.slack.come_back()
    assert desk.heard() == []


async def test_a_form_is_rewritten_while_it_is_what_was_seen_and_left_alone_once_it_is_closed(desk: Desk) -> None:
    await desk.messenger.open_form(desk.workspace.triggers.issue(ASHA), FORM, an_address_of(desk))
    view = desk.slack.modal(ASHA)
    assert view is not None
    changed = picker(PickerState(channel=NUMBERS, country="US"))
    assert await desk.messenger.rewrite_form(view.id, view.hash, changed)
    assert not await desk.messenger.rewrite_form(view.id, view.hash, FORM)
    shown = desk.slack.modal(ASHA)
    assert shown is not None
    assert shown.definition["private_metadata"] == changed["private_metadata"]
    assert await desk.messenger.rewrite_form("V0CLOSED1", None, FORM)


async def test_a_response_url_stands_in_no_log_line(
    desk: Desk, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    to = an_address_of(desk)
    assert to.response_url is not None
    desk.faults.break_with("views.open", 503)
    desk.faults.break_with(RESPONSE_URL, 503)
    await desk.messenger.open_form("1.2.3", FORM, to)
    logged = caplog.text + "".join(capsys.readouterr())
    assert "form not opened" in logged
    assert to.response_url.get_secret_value() not in logged
    assert desk.workspace.app.bot_token not in logged


@pytest.mark.parametrize(
    "url",
    [
        *("http://169.254.169.254/latest", "https://localhost/", "http://hooks.slack.com/x", "https://127.0.0.1:1/"),
        *("https://hooks.slack.com.evil.test/", "https://hooks.slack.com@evil.test/", "https://evil.test/.slack.com"),
        *("file:///etc/passwd", "nonsense", "", "http://[x", "https://", "//hooks.slack.com/x"),
    ],
)
async def test_an_address_that_is_not_slacks_is_not_called_and_the_words_come_in_the_channel(
    desk: Desk, url: str
) -> None:
    to = an_address(ASHA, channel=NUMBERS, response_url=url)
    assert to.response_url is not None
    await desk.messenger.take_away(to.response_url)
    await desk.messenger.words(frozen(to))
    assert [message.channel for message in desk.heard()] == [NUMBERS]
