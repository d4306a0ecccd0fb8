"""Checkup of Slack: tokens, scopes, channels, approvers and messages, tried without posting anything."""

from collections.abc import Sequence
from functools import partial

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.clock import Clock
from bot.invocation import typed
from bot.services.checkup.clock import clock_line
from bot.services.checkup.line import Line, note, ok, wrong
from bot.services.ports import (
    CannotEdit,
    MessageGone,
    NotDelivered,
    NotLetIn,
    PeopleUnavailable,
    PortError,
    Undeliverable,
)
from handlers.calls import SlackCalls
from handlers.people import SlackPeople
from handlers.views.specimen import specimen

SCOPES = ("commands", "chat:write", "chat:write.public", "users:read", "usergroups:read")
"""What `manifest.yml` asks for."""

OPTIONAL_SCOPES = ("channels:history", "groups:history")
"""What it asks for so that `audit verify --slack` can read."""

WHY_NOT = {"other_workspace": "not of this workspace"}
"""The reason that does not read as it is called."""

NO_CHANNEL = {
    "channel_not_found": ("is not there for the bot", "invite it, if the channel is private"),
    "is_archived": ("is archived", "bring it back"),
}
"""Slack's codes for a channel where nothing can be posted, in words, and what to do."""

NO_MESSAGE = "0000000001.000000"
"""A `ts` that no message has: updating it changes nothing, and the refusal tells whether the channel is there."""

REACH_SLACK = "see whether this machine reaches SLACK_API_URL, through HTTPS_PROXY where there is one, and check again"
NAME_OTHERS = "or name others in APPROVERS"


async def token_lines(client: AsyncWebClient, calls: SlackCalls, clock: Clock) -> tuple[str | None, list[Line]]:
    """The workspace's id, when the token is good, and what to say about it."""
    asked = clock.now()
    try:
        answer: AsyncSlackResponse = await calls.run("auth.test", "", client.auth_test)
    except (NotLetIn, MessageGone, Undeliverable) as refused:
        way = "copy the Bot User OAuth Token anew, from the app's page OAuth & Permissions on api.slack.com/apps"
        return None, [wrong("SLACK_BOT_TOKEN", f"Slack does not accept it ({refused})", way)]
    except NotDelivered as lost:
        return None, [wrong("SLACK_BOT_TOKEN", f"not tried, Slack cannot be reached ({lost})", REACH_SLACK)]
    headers = {str(name).lower(): str(value) for name, value in answer.headers.items()}
    granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",") if scope.strip()}
    line = ok("SLACK_BOT_TOKEN", f"workspace {answer.get('team')}, bot @{answer.get('user')}")
    skew = clock_line("Slack", headers.get("date"), asked, clock.now())
    return str(answer.get("team_id")), [line, *_scope_lines(granted), skew]


async def socket_line(client: AsyncWebClient, calls: SlackCalls) -> Line:
    """Socket Mode: an address that is asked for and not used harms nobody."""
    try:
        await calls.run("apps.connections.open", "", lambda: client.apps_connections_open(app_token=client.token or ""))
    except (NotDelivered, MessageGone, Undeliverable) as refused:
        way = (
            "make an App-Level Token with the scope connections:write, on the app's page Basic Information on "
            "api.slack.com/apps, and see that Socket Mode is on"
        )
        return wrong("SLACK_APP_TOKEN", f"no Socket Mode connection ({refused})", way)
    return ok("SLACK_APP_TOKEN", "Socket Mode connections can be opened")


async def channel_line(client: AsyncWebClient, calls: SlackCalls, setting: str, channel: str) -> Line:
    """Whether the bot could post there."""
    try:
        await calls.run(
            "chat.update", channel, lambda: client.chat_update(channel=channel, ts=NO_MESSAGE, text="checkup")
        )
    except (MessageGone, CannotEdit):
        return ok(setting, f"{channel} is there")
    except Undeliverable as refused:
        if refused.code in NO_CHANNEL:
            how, way = NO_CHANNEL[refused.code]
            return wrong(setting, f"{channel} {how}", f"{way}, or name another channel in {setting}")
        return note(setting, f"{channel}: Slack says {refused.code}", f"see to that, or change {setting}")
    except PortError as lost:
        return wrong(setting, f"{channel} could not be tried ({lost})", REACH_SLACK)
    return ok(setting, f"{channel} is there")


async def message_lines(client: AsyncWebClient, calls: SlackCalls) -> list[Line]:
    """Whether Slack takes a card as this version builds it; nothing where it does not know the method.

    Source: Slack's page on `blocks.validate`, which needs no scope and says what is wrong by JSON pointers.
    """
    shown = specimen()
    body = {"text": shown.text, "blocks": shown.blocks}
    try:
        await calls.run("blocks.validate", "", lambda: client.blocks_validate(message=body))
    except (NotDelivered, MessageGone):
        return []
    except Undeliverable as refused:
        if not refused.code.startswith("invalid_"):
            return []
        words = f"Slack would not take a card ({refused.code}{_where(refused)})"
        return [wrong("message", words, "update the bot: Slack's rules for messages have changed")]
    return [ok("message", "Slack takes a card as it is built")]


def _where(refused: Undeliverable) -> str:
    cause = refused.__cause__
    errors = cause.response.get("errors") if isinstance(cause, SlackApiError) else None
    pointers = [str(error.get("pointer")) for error in errors or () if isinstance(error, dict)]
    return f", at {', '.join(pointers)}" if pointers else ""


async def group_lines(client: AsyncWebClient, calls: SlackCalls, approvers: Sequence[str]) -> list[Line]:
    """The user groups among them that give nobody the right to approve: empty, or disabled."""
    lines = []
    for group in (approver for approver in approvers if approver.startswith("S")):
        enabled = await _members(client, calls, group, or_disabled=False)
        if enabled == []:
            lines.append(note("APPROVERS", f"group {group} is empty", f"add people to it in Slack, {NAME_OTHERS}"))
        if enabled is None and await _members(client, calls, group, or_disabled=True) is not None:
            lines.append(wrong("APPROVERS", f"group {group} is disabled", f"enable it in Slack, {NAME_OTHERS}"))
    return lines


async def _members(client: AsyncWebClient, calls: SlackCalls, group: str, *, or_disabled: bool) -> list[str] | None:
    """`None` for a group that cannot be read: that is told of with the approvers."""
    read = partial(client.usergroups_users_list, usergroup=group, include_disabled=or_disabled)
    try:
        answer = await calls.run("usergroups.users.list", group, read)
    except PortError:
        return None
    return [*(answer.get("users") or ())]


async def approver_lines(people: SlackPeople, team: str, needed: int, *, self_approval: bool) -> list[Line]:
    """Who may approve, and whether they are enough, for what one of them asks for too."""
    try:
        approvers = await people.approvers()
        found = [await people.person(team, user) for user in sorted(approvers.users)]
    except PeopleUnavailable as unavailable:
        what = f"group {unavailable.group} is " if unavailable.group else ""
        words = f"{what}not readable, so nobody may approve ({unavailable.reason})"
        return [wrong("APPROVERS", words, f"see that it is a group of this workspace and not disabled, {NAME_OTHERS}")]
    able = [person for person in found if person.is_full_member]
    lines = [
        wrong(
            "APPROVERS",
            f"{person.user} cannot decide ({WHY_NOT.get(person.why_not or '', person.why_not)})",
            "take them out of APPROVERS, or out of the group in Slack",
        )
        for person in found
        if not person.is_full_member
    ]
    if len(able) < needed:
        words = f"{len(able)} can decide, but the settings need {needed}"
        return [*lines, wrong("APPROVERS", words, "name more people or groups in APPROVERS")]
    if len(able) == needed and not self_approval:
        words = f"{needed} can decide, so what one of them asks for never gets {needed} approvals"
        if needed == 1:
            words = "1 can decide, so nobody can on what that person asks for"
        return [*lines, note("APPROVERS", words, "name one more in APPROVERS, or set ALLOW_SELF_APPROVAL")]
    return [*lines, ok("APPROVERS", f"{len(able)} can decide")]


def _scope_lines(granted: set[str]) -> list[Line]:
    again = (
        f"put what {typed('manifest')} prints, over HTTP with --url, into the app's page App Manifest, and install the "
        "app again"
    )
    if not granted:
        return [note("scopes", "Slack does not say which were granted", f"compare them with {typed('manifest')}")]
    missing = [scope for scope in SCOPES if scope not in granted]
    lacking = [scope for scope in OPTIONAL_SCOPES if scope not in granted]
    lines = [ok("scopes", "all that are needed")]
    if missing:
        lines = [wrong("scopes", f"{', '.join(missing)} missing", again)]
    if lacking:
        words = f"{', '.join(lacking)} not granted, which {typed('audit verify --slack')} alone needs"
        lines.append(note("optional scopes", words, f"to use that, {again}"))
    return lines
