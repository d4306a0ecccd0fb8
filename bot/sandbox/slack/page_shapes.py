"""Messages, views and people as the demo's page is told of them.

The page's own JSON, not Slack's. Knows the workspace only.
"""

from typing import assert_never

from bot.sandbox.slack.changes import Arranged, Change, Closed, Deleted, Noted, Posted, Published, Rewritten, Shown
from bot.sandbox.slack.eyes import Eyes
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.shapes import JsonObject, text_of
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace


def start(workspace: Workspace) -> JsonObject:
    """Who and what there is. A direct conversation carries its `user`, who alone sees it."""
    app = workspace.app
    return {
        "team": {"id": workspace.team.id, "name": workspace.team.name},
        "command": app.command,
        "command_hint": app.command_hint,
        "command_note": app.command_note,
        "shortcuts": [
            {"id": shortcut.callback_id, "name": shortcut.name, "note": shortcut.note, "kind": shortcut.kind}
            for shortcut in app.shortcuts
        ],
        "users": [
            {
                "id": person.id,
                "name": person.name,
                "real_name": person.real_name,
                "role": person.role,
                "color": f"#{person.color}",
                "is_bot": person.is_bot,
            }
            for person in workspace.people
            if not person.deleted
        ],
        "channels": [
            {
                "id": channel.id,
                "name": channel.name or app.name,
                "is_private": channel.is_private,
                "is_im": channel.is_im,
                "topic": channel.topic,
                "user": channel.im_user,
            }
            for channel in workspace.channels
            if not channel.is_archived
        ],
        "bot": {"id": app.user, "name": app.name},
        "usergroups": [
            {"id": group.id, "handle": group.handle, "name": group.name}
            for group in workspace.people.groups()
            if not group.is_disabled
        ],
    }


def snapshot(eyes: Eyes, user: str) -> JsonObject:
    """Everything this person sees now."""
    workspace = eyes.workspace
    home = workspace.views.home(user)
    views = [*workspace.views.stack(user), *([home] if home is not None else [])]
    return {
        "type": "snapshot",
        "messages": [
            message_shape(workspace, message) for message in workspace.messages if eyes.sees_message(user, message)
        ],
        "views": [view_shape(view) for view in views],
    }


def told(eyes: Eyes, user: str, change: Change) -> JsonObject | None:
    """What the page of this person is told of a change; `None` when it is none of theirs."""
    workspace = eyes.workspace
    match change:
        case Posted(message=message) | Rewritten(message=message) | Deleted(message=message):
            if not eyes.sees_message(user, message):
                return None
            if isinstance(change, Deleted):
                return {"type": "deleted", "channel": message.channel, "ts": message.ts}
            kind = "message" if isinstance(change, Posted) else "changed"
            return {"type": kind, "message": message_shape(workspace, message)}
        case Shown(view=view):
            return {"type": "view", "view": view_shape(view)} if view.user == user else None
        case Closed(view=view):
            return {"type": "view_closed", "view_id": view.id} if view.user == user else None
        case Published(view=view):
            return {"type": "home", "view": view_shape(view)} if view.user == user else None
        case Arranged(shown=shown):
            return {"type": "backstage", "backstage": shown}
        case Noted():
            return None
        case _:
            assert_never(change)


def message_shape(workspace: Workspace, message: Message) -> JsonObject:
    replies = workspace.messages.replies(message.channel, message.ts) if message.thread_ts is None else []
    return {
        "channel": message.channel,
        "ts": message.ts,
        "thread_ts": message.thread_ts,
        "user": message.user,
        "bot": message.by_app,
        "text": message.text,
        "blocks": list(message.blocks),
        "ephemeral": message.is_ephemeral,
        "edited": message.is_edited,
        "reply_count": len(replies),
        "latest_reply": replies[-1].ts if replies else None,
    }


def view_shape(view: View) -> JsonObject:
    given = view.definition
    return {
        "id": view.id,
        "type": view.type,
        "title": given.get("title"),
        "submit": given.get("submit"),
        "close": given.get("close"),
        "blocks": view.blocks,
        "private_metadata": text_of(given, "private_metadata"),
        "callback_id": text_of(given, "callback_id"),
        "state": {"values": view.state},
        "hash": view.hash,
    }
