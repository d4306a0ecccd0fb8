"""Checkup of Slack: what an operator is told of tokens, scopes, channels and approvers, and that nothing is posted."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackStandIn
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
from handlers.calls import SlackCalls
from handlers.checkup import SCOPES, approver_lines, channel_line, socket_line, token_lines
from handlers.people import SlackPeople
from tests.handlers.conftest import PeopleOf
from tests.handlers.door import a_client

ClientWith = Callable[[str], AsyncWebClient]

OK, NOTE, WRONG = Mark.OK, Mark.NOTE, Mark.WRONG


@pytest.fixture
def client_with(slack: SlackStandIn, session: aiohttp.ClientSession) -> ClientWith:
    """The bot's client with another token."""
    return partial(a_client, slack.api_url, session)


def grant(slack: SlackStandIn, *scopes: str) -> None:
    slack.workspace.app = replace(slack.workspace.app, scopes=scopes)


@pytest.mark.parametrize("more", [(), ("channels:history",)], ids=["all", "more than all"])
async def test_a_token_that_slack_accepts_is_told_with_workspace_name_and_scopes(
    client: AsyncWebClient, calls: SlackCalls, slack: SlackStandIn, more: tuple[str, ...]
) -> None:
    grant(slack, *SCOPES, *more)
    token = Line(OK, "SLACK_BOT_TOKEN: workspace Northwind Telephony, bot @buynumber")
    scopes = Line(OK, "scopes: all that are needed")
    assert await token_lines(client, calls) == (slack.workspace.team.id, [token, scopes])


async def test_a_token_that_slack_does_not_accept_is_told_with_slacks_reason(
    client_with: ClientWith, calls: SlackCalls
) -> None:
    found = await token_lines(client_with("xoxb-wrong"), calls)
    assert found == (None, [Line(WRONG, "SLACK_BOT_TOKEN: Slack does not accept it (invalid_auth)")])


async def test_a_slack_that_is_away_says_nothing_about_the_token(
    client: AsyncWebClient, calls: SlackCalls, slack: SlackStandIn
) -> None:
    await slack.go_away()
    team, [line] = await token_lines(client, calls)
    assert team is None
    assert line.mark is WRONG
    assert line.words.startswith("SLACK_BOT_TOKEN: not tried, Slack cannot be reached (")


@pytest.mark.parametrize("missing", SCOPES)
async def test_a_scope_that_is_missing_is_named_with_what_to_do(
    client: AsyncWebClient, calls: SlackCalls, slack: SlackStandIn, missing: str
) -> None:
    grant(slack, *(scope for scope in SCOPES if scope != missing))
    _, lines = await token_lines(client, calls)
    assert lines[1] == Line(WRONG, f"scopes: {missing} missing: install the app again from manifest.yml")


async def test_a_slack_that_does_not_say_which_scopes_it_granted_proves_nothing(
    client: AsyncWebClient, calls: SlackCalls, slack: SlackStandIn
) -> None:
    body = '{"ok": true, "team": "Northwind", "user": "buynumber", "team_id": "T1"}'
    slack.workspace.faults.break_with("auth.test", 200, content_type="application/json", body=body)
    team, lines = await token_lines(client, calls)
    assert team == "T1"
    assert lines[1] == Line(NOTE, "scopes: Slack does not say which were granted")


async def test_socket_mode_is_tried_by_asking_for_an_address(
    client: AsyncWebClient, client_with: ClientWith, calls: SlackCalls, slack: SlackStandIn
) -> None:
    line = await socket_line(client_with(slack.workspace.app.app_token), calls)
    assert line == Line(OK, "SLACK_APP_TOKEN: Socket Mode connections can be opened")
    line = await socket_line(client_with("xapp-wrong"), calls)
    assert line == Line(WRONG, "SLACK_APP_TOKEN: no Socket Mode connection (invalid_auth)")
    line = await socket_line(client, calls)
    assert line == Line(WRONG, "SLACK_APP_TOKEN: no Socket Mode connection (not_allowed_token_type)")


@pytest.mark.parametrize("channel", [NUMBERS, FINANCE, GENERAL])
async def test_a_channel_where_the_bot_can_post_is_there_and_nothing_is_posted(
    client: AsyncWebClient, calls: SlackCalls, slack: SlackStandIn, channel: str
) -> None:
    line = await channel_line(client, calls, "APPROVAL_CHANNEL", channel)
    assert line == Line(OK, f"APPROVAL_CHANNEL: {channel} is there")
    assert slack.messages(channel) == []


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        (BOARD, "is not there for the bot: invite it, if the channel is private, or name another channel"),
        ("C0UNKNOWN", "is not there for the bot: invite it, if the channel is private, or name another channel"),
        (OLD, "is archived: bring it back, or name another channel"),
    ],
)
async def test_a_channel_where_the_bot_cannot_post_is_told_with_what_to_do(
    client: AsyncWebClient, calls: SlackCalls, channel: str, words: str
) -> None:
    line = await channel_line(client, calls, "ALLOWED_CHANNELS", channel)
    assert line == Line(WRONG, f"ALLOWED_CHANNELS: {channel} {words}")


async def test_what_slack_says_of_a_channel_otherwise_is_passed_on(
    client: AsyncWebClient, calls: SlackCalls, slack: SlackStandIn
) -> None:
    slack.workspace.faults.refuse("chat.update", "restricted_action")
    line = await channel_line(client, calls, "APPROVAL_CHANNEL", NUMBERS)
    assert line == Line(NOTE, f"APPROVAL_CHANNEL: {NUMBERS}, Slack says restricted_action")
    slack.workspace.faults.limit("chat.update", retry_after=9)
    line = await channel_line(client, calls, "APPROVAL_CHANNEL", NUMBERS)
    assert line == Line(WRONG, f"APPROVAL_CHANNEL: {NUMBERS} could not be tried (ratelimited)")


async def found(
    people: SlackPeople, slack: SlackStandIn, *, needed: int = 1, self_approval: bool = False
) -> list[tuple[Mark, str]]:
    """What is said of the approvers, behind the setting's name."""
    lines = await approver_lines(people, slack.workspace.team.id, needed, self_approval=self_approval)
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
    people_of: PeopleOf, slack: SlackStandIn, approvers: tuple[str, ...], needed: int, said: tuple[Mark, str]
) -> None:
    assert await found(people_of(*approvers), slack, needed=needed) == [said]


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
async def test_an_approver_who_cannot_decide_is_named_with_why_and_not_counted(
    people_of: PeopleOf, slack: SlackStandIn, user: str, why: str
) -> None:
    named, people = (WRONG, f"{user} cannot decide ({why})"), people_of(MEERA, user)
    assert await found(people, slack) == [named, (OK, "1 can decide")]
    assert await found(people, slack, needed=2) == [named, (WRONG, "1 can decide, but the settings need 2")]


async def test_two_who_both_have_to_approve_are_too_few_for_what_one_of_them_asks_for(
    people_of: PeopleOf, slack: SlackStandIn
) -> None:
    people = people_of(MEERA, VIKRAM)
    words = "2 can decide, so what one of them asks for never gets 2 approvals: name one more, or set"
    assert await found(people, slack, needed=2) == [(NOTE, f"{words} ALLOW_SELF_APPROVAL")]
    assert await found(people, slack, needed=2, self_approval=True) == [(OK, "2 can decide")]


@pytest.mark.parametrize(
    ("group", "scopes", "why"), [("S0UNKNOWN", SCOPES, "no_such_subteam"), (MANAGERS, SCOPES[:-1], "missing_scope")]
)
async def test_a_group_that_cannot_be_read_means_that_nobody_may_approve(
    people_of: PeopleOf, slack: SlackStandIn, group: str, scopes: tuple[str, ...], why: str
) -> None:
    grant(slack, *scopes)
    assert await found(people_of(MEERA, group), slack) == [
        (WRONG, f"group {group} is not readable, so nobody may approve ({why})")
    ]


async def test_while_slack_is_away_nobody_may_approve(people_of: PeopleOf, slack: SlackStandIn) -> None:
    await slack.go_away()
    [(mark, words)] = await found(people_of(MEERA), slack)
    assert mark is WRONG
    assert words.startswith("not readable, so nobody may approve (")
