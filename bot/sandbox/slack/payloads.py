"""What Slack tells the app when a person does something: commands, clicks, submissions, searches, events.

Complete as Slack's own, with ids, tokens and the person's own team. Knows nothing of how it is sent.
"""

import secrets

from bot.sandbox.slack.api.views import shown as shown_view
from bot.sandbox.slack.channels import Channel
from bot.sandbox.slack.fields import Element, Values
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import User
from bot.sandbox.slack.posting import as_slack
from bot.sandbox.slack.shapes import JsonObject
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace


def slash_command(
    workspace: Workspace, person: User, channel: Channel, *, command: str, text: str, response_url: str
) -> JsonObject:
    """Flat, as Slack sends it: every value is a string. A member's workspace is the one they type in."""
    is_member = person.is_member_of(workspace.team.id)
    return {
        "token": workspace.app.verification_token,
        "team_id": workspace.team.id if is_member else person.team,
        "team_domain": workspace.team.domain if is_member else person.team.lower(),
        "channel_id": channel.id,
        "channel_name": channel.shown_name,
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": text,
        "api_app_id": workspace.app.id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": workspace.triggers.issue(person.id),
    }


def message_action(
    workspace: Workspace, person: User, message: Message, *, action: JsonObject, state: Values, response_url: str
) -> JsonObject:
    """`block_actions` from a message. For an ephemeral one Slack leaves the message itself out."""
    return {
        "type": "block_actions",
        **_common(workspace, person),
        **_message_place(workspace, message),
        "trigger_id": workspace.triggers.issue(person.id),
        "state": {"values": state},
        "response_url": response_url,
        "actions": [action],
    }


def shortcut(workspace: Workspace, person: User, *, callback_id: str) -> JsonObject:
    """A global one: nothing says where it was used."""
    return {
        "type": "shortcut",
        **_common(workspace, person),
        "callback_id": callback_id,
        "trigger_id": workspace.triggers.issue(person.id),
        "action_ts": f"{workspace.wall():.6f}",
    }


def message_shortcut(
    workspace: Workspace, person: User, message: Message, *, callback_id: str, response_url: str
) -> JsonObject:
    """On a message, which may stand in a thread."""
    place = _message_place(workspace, message)
    return {
        "type": "message_action",
        **_common(workspace, person),
        "channel": place["channel"],
        "message": as_slack(workspace, message),
        "message_ts": message.ts,
        "callback_id": callback_id,
        "trigger_id": workspace.triggers.issue(person.id),
        "response_url": response_url,
        "action_ts": f"{workspace.wall():.6f}",
    }


def view_action(workspace: Workspace, person: User, view: View, *, action: JsonObject) -> JsonObject:
    """`block_actions` from a modal or App Home."""
    in_view = view.id if view.type == "modal" else None
    return {
        "type": "block_actions",
        **_common(workspace, person),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": workspace.triggers.issue(person.id, in_view),
        "view": shown_view(workspace, view),
        "actions": [action],
    }


def view_submission(workspace: Workspace, person: User, view: View) -> JsonObject:
    return {
        "type": "view_submission",
        **_common(workspace, person),
        "trigger_id": workspace.triggers.issue(person.id, view.id),
        "view": shown_view(workspace, view),
        "response_urls": [],
    }


def view_closed(workspace: Workspace, person: User, view: View, *, is_cleared: bool) -> JsonObject:
    return {
        "type": "view_closed",
        **_common(workspace, person),
        "view": shown_view(workspace, view),
        "is_cleared": is_cleared,
    }


def block_suggestion(
    workspace: Workspace, person: User, place: View | Message, element: Element, value: str
) -> JsonObject:
    """What somebody typed so far into an external menu."""
    where: JsonObject
    if isinstance(place, View):
        where = {"container": {"type": "view", "view_id": place.id}, "view": shown_view(workspace, place)}
    else:
        where = _message_place(workspace, place)
    return {
        "type": "block_suggestion",
        **_common(workspace, person),
        **where,
        "action_id": element.action_id,
        "block_id": element.block_id,
        "value": value,
    }


def home_opened(workspace: Workspace, person: User) -> JsonObject:
    """The event `app_home_opened`; it carries the view once one was published."""
    now = workspace.wall()
    event: JsonObject = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": workspace.channels.direct(person.id).id,
        "tab": "home",
        "event_ts": f"{now:.6f}",
    }
    home = workspace.views.home(person.id)
    if home is not None:
        event["view"] = shown_view(workspace, home)
    return {
        "token": workspace.app.verification_token,
        "team_id": workspace.team.id,
        "context_team_id": workspace.team.id,
        "context_enterprise_id": None,
        "api_app_id": workspace.app.id,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(now),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.team.id,
                "user_id": workspace.app.user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def _common(workspace: Workspace, person: User) -> JsonObject:
    return {
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team},
        "api_app_id": workspace.app.id,
        "token": workspace.app.verification_token,
        "team": {"id": workspace.team.id, "domain": workspace.team.domain},
        "enterprise": {"id": person.grid.id, "name": person.grid.name} if person.grid else None,
        "is_enterprise_install": False,
    }


def _message_place(workspace: Workspace, message: Message) -> JsonObject:
    channel = workspace.channels.find(message.channel)
    container: JsonObject = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.is_ephemeral,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    place: JsonObject = {
        "container": container,
        "channel": {"id": message.channel, "name": channel.shown_name if channel is not None else ""},
    }
    if not message.is_ephemeral:
        place["message"] = as_slack(workspace, message)
    return place
