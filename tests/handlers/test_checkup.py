"""Checkup of Slack: what an operator is told of tokens, scopes, channels and approvers, and that nothing is posted."""

from dataclasses import replace

import pytest

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
from bot.services.checkup import Line, Mark
from handlers.checkup import SCOPES, approver_lines, channel_line, socket_line, token_lines
from tests.handlers.desk import Desk

OK, NOTE, WRONG = Mark.OK, Mark.NOTE, Mark.WRONG


def grant(desk: Desk, *scopes: str) -> None:
    desk.workspace.app = replace(desk.workspace.app, scopes=scopes)


@pytest.mark.parametrize("more", [(), ("channels:history",)], ids=["all", "more than all"])
async def test_a_token_that_slack_accepts_is_told_with_workspace_and_scopes(desk: Desk, more: tuple[str, ...]) -> None:
    grant(desk, *SCOPES, *more)
    token = Line(OK, "SLACK_BOT_TOKEN: workspace Northwind Telephony, bot @buynumber")
    scopes = Line(OK, "scopes: all that are needed")
    assert await token_lines(desk.client, desk.calls) == (desk.workspace.team.id, [token, scopes])


async def test_a_token_that_slack_does_not_accept_is_told_with_slacks_reason(desk: Desk) -> None:
    found = await token_lines(desk.client_with("xoxb-wrong"), desk.calls)
    assert found == (None, [Line(WRONG, "SLACK_BOT_TOKEN: Slack does not accept it (invalid_auth)")])


async def test_a_slack_that_is_away_says_nothing_about_the_token(desk: Desk) -> None:
    await desk.slack.go_away()
    team, [line] = await token_lines(desk.client, desk.calls)
    assert team is None
    assert line.mark is WRONG
    assert line.words.startswith("SLACK_BOT_TOKEN: not tried, Slack cannot be reached (")


@pytest.mark.parametrize("missing", SCOPES)
async def test_a_scope_that_is_missing_is_named_with_what_to_do(desk: Desk, missing: str) -> None:
    grant(desk, *(scope for scope in SCOPES if scope != missing))
    _, lines = await token_lines(desk.client, desk.calls)
    assert lines[1] == Line(WRONG, f"scopes: {missing} missing: install the app again from manifest.yml")


async def test_a_slack_that_does_not_say_which_scopes_it_granted_proves_nothing(desk: Desk) -> None:
    body = '{"ok": true, "team": "Northwind", "user": "buynumber", "team_id": "T1"}'
    desk.faults.break_with("auth.test", 200, content_type="application/json", body=body)
    team, lines = await token_lines(desk.client, desk.calls)
    assert team == "T1"
    assert lines[1] == Line(NOTE, "scopes: Slack does not say which were granted")


async def test_socket_mode_is_tried_by_asking_for_an_address(desk: Desk) -> None:
    line = await socket_line(desk.client_with(desk.workspace.app.app_token), desk.calls)
    assert line == Line(OK, "SLACK_APP_TOKEN: Socket Mode connections can be opened")
    line = await socket_line(desk.client_with("xapp-wrong"), desk.calls)
    assert line == Line(WRONG, "SLACK_APP_TOKEN: no Socket Mode connection (invalid_auth)")
    line = await socket_line(desk.client, desk.calls)
    assert line == Line(WRONG, "SLACK_APP_TOKEN: no Socket Mode connection (not_allowed_token_type)")


@pytest.mark.parametrize("channel", [NUMBERS, FINANCE, GENERAL])
async def test_a_channel_where_the_bot_can_post_is_there_and_nothing_is_posted(desk: Desk, channel: str) -> None:
    line = await channel_line(desk.client, desk.calls, "APPROVAL_CHANNEL", channel)
    assert line == Line(OK, f"APPROVAL_CHANNEL: {channel} is there")
    assert desk.slack.messages(channel) == []


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        (BOARD, "is not there for the bot: invite it, if the channel is private, or name another channel"),
        ("C0UNKNOWN", "is not there for the bot: invite it, if the channel is private, or name another channel"),
        (OLD, "is archived: bring it back, or name another channel"),
    ],
)
async def test_a_channel_where_the_bot_cannot_post_is_told_with_a_way_out(desk: Desk, channel: str, words: str) -> None:
    line = await channel_line(desk.client, desk.calls, "ALLOWED_CHANNELS", channel)
    assert line == Line(WRONG, f"ALLOWED_CHANNELS: {channel} {words}")


async def test_what_slack_says_of_a_channel_otherwise_is_passed_on(desk: Desk) -> None:
    desk.faults.refuse("chat.update", "restricted_action")
    line = await channel_line(desk.client, desk.calls, "APPROVAL_CHANNEL", NUMBERS)
    assert line == Line(NOTE, f"APPROVAL_CHANNEL: {NUMBERS}, Slack says restricted_action")
    desk.faults.limit("chat.update", retry_after=9)
    line = await channel_line(desk.client, desk.calls, "APPROVAL_CHANNEL", NUMBERS)
    assert line == Line(WRONG, f"APPROVAL_CHANNEL: {NUMBERS} could not be tried (ratelimited)")


async def found(desk: Desk, *approvers: str, needed: int = 1, self_approval: bool = False) -> list[tuple[Mark, str]]:
    """What is said of the approvers, behind the setting's name."""
    lines = await approver_lines(desk.people(*approvers), desk.workspace.team.id, needed, self_approval=self_approval)
    assert all(line.words.startswith("APPROVERS: ") for line in lines)
    return [(line.mark, line.words.removeprefix("APPROVERS: ")) for line in lines]


@pytest.mark.parametrize(
    ("approvers", "needed", "said"),
    [
        pytest.param((MEERA, ASHA, MANAGERS), 2, (OK, "3 can decide"), id="a group and people, counted once each"),
        pytest.param((MEERA, VIKRAM), 1, (OK, "2 can decide"), id="more than are needed"),
        pytest.param((NOBODY,), 1, (WRONG, "0 can decide, but the settings need 1"), id="an empty group"),
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
    assert await found(desk, MEERA, user) == [named, (OK, "1 can decide")]
    assert await found(desk, MEERA, user, needed=2) == [named, (WRONG, "1 can decide, but the settings need 2")]


async def test_two_who_both_have_to_approve_are_too_few_for_what_one_of_them_asks_for(desk: Desk) -> None:
    words = "2 can decide, so what one of them asks for never gets 2 approvals: name one more, or set"
    assert await found(desk, MEERA, VIKRAM, needed=2) == [(NOTE, f"{words} ALLOW_SELF_APPROVAL")]
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
