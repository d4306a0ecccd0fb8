"""Checkup of Slack: tokens, scopes, channels and approvers, tried without posting anything."""

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.services.checkup import Line, Mark
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

SCOPES = ("commands", "chat:write", "chat:write.public", "users:read", "usergroups:read")
"""What `manifest.yml` asks for."""

WHY_NOT = {"other_workspace": "not of this workspace"}
"""The reason that does not read as it is called."""

NO_CHANNEL = {
    "channel_not_found": "is not there for the bot: invite it, if the channel is private",
    "is_archived": "is archived: bring it back",
}
"""Slack's codes for a channel where nothing can be posted, in words."""

NO_MESSAGE = "0000000001.000000"
"""A `ts` that no message has: updating it changes nothing, and the refusal tells whether the channel is there."""


async def token_lines(client: AsyncWebClient, calls: SlackCalls) -> tuple[str | None, list[Line]]:
    """The workspace's id, when the token is good, and what to say about it."""
    try:
        answer: AsyncSlackResponse = await calls.run("auth.test", "", client.auth_test)
    except (NotLetIn, MessageGone, Undeliverable) as refused:
        return None, [Line(Mark.WRONG, f"SLACK_BOT_TOKEN: Slack does not accept it ({refused})")]
    except NotDelivered as lost:
        return None, [Line(Mark.WRONG, f"SLACK_BOT_TOKEN: not tried, Slack cannot be reached ({lost})")]
    headers = {str(name).lower(): str(value) for name, value in answer.headers.items()}
    granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",") if scope.strip()}
    line = Line(Mark.OK, f"SLACK_BOT_TOKEN: workspace {answer.get('team')}, bot @{answer.get('user')}")
    return str(answer.get("team_id")), [line, _scope_line(granted)]


async def socket_line(client: AsyncWebClient, calls: SlackCalls) -> Line:
    """Socket Mode: an address that is asked for and not used harms nobody."""
    try:
        await calls.run("apps.connections.open", "", lambda: client.apps_connections_open(app_token=client.token or ""))
    except (NotDelivered, MessageGone, Undeliverable) as refused:
        return Line(Mark.WRONG, f"SLACK_APP_TOKEN: no Socket Mode connection ({refused})")
    return Line(Mark.OK, "SLACK_APP_TOKEN: Socket Mode connections can be opened")


async def channel_line(client: AsyncWebClient, calls: SlackCalls, setting: str, channel: str) -> Line:
    """Whether the bot could post there."""
    try:
        await calls.run(
            "chat.update", channel, lambda: client.chat_update(channel=channel, ts=NO_MESSAGE, text="checkup")
        )
    except (MessageGone, CannotEdit):
        return Line(Mark.OK, f"{setting}: {channel} is there")
    except Undeliverable as refused:
        if refused.code in NO_CHANNEL:
            return Line(Mark.WRONG, f"{setting}: {channel} {NO_CHANNEL[refused.code]}, or name another channel")
        return Line(Mark.NOTE, f"{setting}: {channel}, Slack says {refused.code}")
    except PortError as lost:
        return Line(Mark.WRONG, f"{setting}: {channel} could not be tried ({lost})")
    return Line(Mark.NOTE, f"{setting}: {channel}")


async def approver_lines(people: SlackPeople, team: str, needed: int, *, self_approval: bool) -> list[Line]:
    """Who may approve, and whether they are enough, for what one of them asks for too."""
    try:
        approvers = await people.approvers()
        found = [await people.person(team, user) for user in sorted(approvers.users)]
    except PeopleUnavailable as unavailable:
        what = f"group {unavailable.group} is " if unavailable.group else ""
        return [Line(Mark.WRONG, f"APPROVERS: {what}not readable, so nobody may approve ({unavailable.reason})")]
    able = [person for person in found if person.is_full_member]
    lines = [
        Line(
            Mark.WRONG, f"APPROVERS: {person.user} cannot decide ({WHY_NOT.get(person.why_not or '', person.why_not)})"
        )
        for person in found
        if not person.is_full_member
    ]
    if len(able) < needed:
        return [*lines, Line(Mark.WRONG, f"APPROVERS: {len(able)} can decide, but the settings need {needed}")]
    if len(able) == needed > 1 and not self_approval:
        words = f"{needed} can decide, so what one of them asks for never gets {needed} approvals: name one more"
        return [*lines, Line(Mark.NOTE, f"APPROVERS: {words}, or set ALLOW_SELF_APPROVAL")]
    return [*lines, Line(Mark.OK, f"APPROVERS: {len(able)} can decide")]


def _scope_line(granted: set[str]) -> Line:
    missing = [scope for scope in SCOPES if scope not in granted]
    if not granted:
        return Line(Mark.NOTE, "scopes: Slack does not say which were granted")
    if missing:
        return Line(Mark.WRONG, f"scopes: {', '.join(missing)} missing: install the app again from manifest.yml")
    return Line(Mark.OK, "scopes: all that are needed")
