"""Checkup of Slack: what an operator is told of tokens, scopes, channels and approvers, and that nothing is posted."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SystemClock
from bot.sandbox.slack.example import (
    ASHA,
    BOARD,
    FINANCE,
    GENERAL,
    GONE,
    GUEST,
    MANAGERS,
    MEERA,
    NOBODY,
    NUMBERS,
    OLD,
    OTHER_BOT,
    STRANGER,
    VIKRAM,
)
from bot.services.checkup.line import Line, Mark
from handlers.checkup import (
    OPTIONAL_SCOPES,
    SCOPES,
    approver_lines,
    channel_line,
    group_lines,
    message_lines,
    socket_line,
    token_lines,
)
from tests.handlers.desk import Desk
from tests.harness.clock import FakeClock
from tests.harness.ways import leading_somewhere

OK, NOTE, WRONG = Mark.OK, Mark.NOTE, Mark.WRONG


def grant(desk: Desk, *scopes: str) -> None:
    desk.workspace.app = replace(desk.workspace.app, scopes=scopes)


async def tried(desk: Desk, token: str | None = None) -> tuple[str | None, list[Line]]:
    """By a machine whose clock is right."""
    client = desk.client if token is None else desk.client_with(token)
    team, lines = await token_lines(client, desk.calls, SystemClock())
    return team, leading_somewhere(lines)


@pytest.mark.parametrize("more", [(), (*OPTIONAL_SCOPES, "im:history")], ids=["all", "more than all"])
async def test_a_token_that_slack_accepts_is_told_with_workspace_and_scopes(desk: Desk, more: tuple[str, ...]) -> None:
    grant(desk, *SCOPES, *more)
    team, lines = await tried(desk)
    assert team == desk.workspace.team.id
    assert [str(line) for line in lines][:2] == [
        "ok     SLACK_BOT_TOKEN: workspace Northwind Telephony, bot @buynumber",
        "ok     scopes: all that are needed",
    ]
    assert [line.name for line in lines if line.mark is NOTE] == ([] if more else ["optional scopes"])


async def test_a_token_that_slack_does_not_accept_is_told_with_slacks_reason(desk: Desk) -> None:
    team, [line] = await tried(desk, "xoxb-wrong")
    assert (team, line.mark) == (None, WRONG)
    assert str(line).startswith("wrong  SLACK_BOT_TOKEN: Slack does not accept it (invalid_auth); copy the Bot User")


async def test_a_slack_that_is_away_says_nothing_about_the_token(desk: Desk) -> None:
    await desk.slack.go_away()
    team, [line] = await tried(desk)
    assert team is None
    assert str(line).startswith("wrong  SLACK_BOT_TOKEN: not tried, Slack cannot be reached (")


@pytest.mark.parametrize("missing", SCOPES)
async def test_a_scope_that_is_missing_is_named_with_what_to_do(desk: Desk, missing: str) -> None:
    grant(desk, *(scope for scope in SCOPES if scope != missing))
    _, lines = await tried(desk)
    assert (lines[1].mark, lines[1].words) == (WRONG, f"{missing} missing")
    assert lines[1].commands == ["buynumber manifest"]


async def test_a_slack_that_does_not_say_which_scopes_it_granted_proves_nothing(desk: Desk) -> None:
    body = '{"ok": true, "team": "Northwind", "user": "buynumber", "team_id": "T1"}'
    desk.faults.break_with("auth.test", 200, content_type="application/json", body=body)
    team, lines = await tried(desk)
    assert team == "T1"
    assert (lines[1].mark, lines[1].words) == (NOTE, "Slack does not say which were granted")


@pytest.mark.parametrize(("ahead", "mark"), [(0, OK), (30, NOTE), (-30, NOTE), (3600, WRONG)])
async def test_this_machines_clock_is_held_against_slacks(desk: Desk, ahead: int, mark: Mark) -> None:
    clock = FakeClock(datetime.now(UTC) + timedelta(seconds=ahead))
    _, lines = await token_lines(desk.client, desk.calls, clock)
    [line] = [line for line in leading_somewhere(lines) if line.name == "clock"]
    assert (line.mark, "Slack" in line.words) == (mark, True)


async def test_slack_is_asked_whether_it_takes_a_card_and_what_it_says_against_one_is_told(desk: Desk) -> None:
    assert await message_lines(desk.client, desk.calls) == [Line(OK, "message", "Slack takes a card as it is built")]
    answer = {"ok": False, "error": "invalid_message", "errors": [{"pointer": "/blocks/0/text"}]}
    desk.faults.break_with("blocks.validate", 200, content_type="application/json", body=json.dumps(answer))
    [line] = leading_somewhere(await message_lines(desk.client, desk.calls))
    assert (line.mark, line.words) == (WRONG, "Slack would not take a card (invalid_message, at /blocks/0/text)")


@pytest.mark.parametrize("code", ["unknown_method", "internal_error", "missing_scope"])
async def test_a_slack_that_cannot_say_so_says_nothing_of_cards(desk: Desk, code: str) -> None:
    desk.faults.refuse("blocks.validate", code)
    assert await message_lines(desk.client, desk.calls) == []


async def test_socket_mode_is_tried_by_asking_for_an_address(desk: Desk) -> None:
    line = await socket_line(desk.client_with(desk.workspace.app.app_token), desk.calls)
    assert line == Line(OK, "SLACK_APP_TOKEN", "Socket Mode connections can be opened")
    for client, why in ((desk.client_with("xapp-wrong"), "invalid_auth"), (desk.client, "not_allowed_token_type")):
        line = await socket_line(client, desk.calls)
        assert (line.mark, line.words) == (WRONG, f"no Socket Mode connection ({why})")
        leading_somewhere([line])


@pytest.mark.parametrize("channel", [NUMBERS, FINANCE, GENERAL])
async def test_a_channel_where_the_bot_can_post_is_there_and_nothing_is_posted(desk: Desk, channel: str) -> None:
    line = await channel_line(desk.client, desk.calls, "APPROVAL_CHANNEL", channel)
    assert line == Line(OK, "APPROVAL_CHANNEL", f"{channel} is there")
    assert desk.slack.messages(channel) == []


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        (BOARD, "is not there for the bot; invite it, if the channel is private, or name another channel"),
        ("C0UNKNOWN", "is not there for the bot; invite it, if the channel is private, or name another channel"),
        (OLD, "is archived; bring it back, or name another channel"),
    ],
)
async def test_a_channel_where_the_bot_cannot_post_is_told_with_a_way_out(desk: Desk, channel: str, words: str) -> None:
    line = await channel_line(desk.client, desk.calls, "ALLOWED_CHANNELS", channel)
    assert str(line) == f"wrong  ALLOWED_CHANNELS: {channel} {words} in ALLOWED_CHANNELS"


async def test_what_slack_says_of_a_channel_otherwise_is_passed_on(desk: Desk) -> None:
    desk.faults.refuse("chat.update", "restricted_action")
    line = await channel_line(desk.client, desk.calls, "APPROVAL_CHANNEL", NUMBERS)
    assert (line.mark, line.words) == (NOTE, f"{NUMBERS}: Slack says restricted_action")
    leading_somewhere([line])
    desk.faults.limit("chat.update", retry_after=9)
    line = await channel_line(desk.client, desk.calls, "APPROVAL_CHANNEL", NUMBERS)
    assert (line.mark, line.words) == (WRONG, f"{NUMBERS} could not be tried (ratelimited)")
    leading_somewhere([line])


async def found(desk: Desk, *approvers: str, needed: int = 1, self_approval: bool = False) -> list[tuple[Mark, str]]:
    """What is said of the approvers, behind the setting's name."""
    lines = await group_lines(desk.client, desk.calls, approvers)
    lines += await approver_lines(desk.people(*approvers), desk.workspace.team.id, needed, self_approval=self_approval)
    assert {line.name for line in leading_somewhere(lines)} == {"APPROVERS"}
    return [(line.mark, line.words) for line in lines]


@pytest.mark.parametrize(
    ("approvers", "needed", "said"),
    [
        pytest.param((MEERA, ASHA, MANAGERS), 2, (OK, "3 can decide"), id="a group and people, counted once each"),
        pytest.param((MEERA, VIKRAM), 1, (OK, "2 can decide"), id="more than are needed"),
    ],
)
async def test_approvers_are_counted_and_held_against_what_the_settings_need(
    desk: Desk, approvers: tuple[str, ...], needed: int, said: tuple[Mark, str]
) -> None:
    assert await found(desk, *approvers, needed=needed) == [said]


@pytest.mark.parametrize(
    ("user", "why"),
    [
        (GUEST, "guest"),
        (GONE, "deactivated"),
        (OTHER_BOT, "bot"),
        (STRANGER, "not of this workspace"),
        ("U0UNKNOWN", "not of this workspace"),
    ],
)
async def test_an_approver_who_cannot_decide_is_named_with_why_and_not_counted(desk: Desk, user: str, why: str) -> None:
    named = (WRONG, f"{user} cannot decide ({why})")
    assert await found(desk, MEERA, user) == [named, (NOTE, ALONE)]
    assert await found(desk, MEERA, user, needed=2) == [named, (WRONG, "1 can decide, but the settings need 2")]


ALONE = "1 can decide, so nobody can on what that person asks for"


async def test_a_single_approver_is_too_few_for_what_they_ask_for_themselves(desk: Desk) -> None:
    assert await found(desk, MEERA) == [(NOTE, ALONE)]
    assert await found(desk, MEERA, self_approval=True) == [(OK, "1 can decide")]


async def test_a_group_that_is_empty_or_disabled_is_named(desk: Desk) -> None:
    empty = (NOTE, f"group {NOBODY} is empty")
    assert await found(desk, NOBODY) == [empty, (WRONG, "0 can decide, but the settings need 1")]
    assert await found(desk, MANAGERS, NOBODY) == [empty, (OK, "2 can decide")]
    desk.workspace.people.add_group(replace(desk.workspace.people.group(MANAGERS), is_disabled=True))
    assert await found(desk, ASHA, MANAGERS) == [
        (WRONG, f"group {MANAGERS} is disabled"),
        (WRONG, f"group {MANAGERS} is not readable, so nobody may approve (no_such_subteam)"),
    ]


async def test_two_who_both_have_to_approve_are_too_few_for_what_one_of_them_asks_for(desk: Desk) -> None:
    words = "2 can decide, so what one of them asks for never gets 2 approvals"
    assert await found(desk, MEERA, VIKRAM, needed=2) == [(NOTE, words)]
    assert await found(desk, MEERA, VIKRAM, needed=2, self_approval=True) == [(OK, "2 can decide")]


@pytest.mark.parametrize(
    ("group", "scopes", "why"), [("S0UNKNOWN", SCOPES, "no_such_subteam"), (MANAGERS, SCOPES[:-1], "missing_scope")]
)
async def test_an_unread_group_lets_nobody_approve(desk: Desk, group: str, scopes: tuple[str, ...], why: str) -> None:
    grant(desk, *scopes)
    assert await found(desk, MEERA, group) == [(WRONG, f"group {group} is not readable, so nobody may approve ({why})")]


async def test_while_slack_is_away_nobody_may_approve(desk: Desk) -> None:
    await desk.slack.go_away()
    [(mark, words)] = await found(desk, MEERA)
    assert mark is WRONG
    assert words.startswith("not readable, so nobody may approve (")
