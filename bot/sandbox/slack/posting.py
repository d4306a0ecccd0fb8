"""How a message of the app comes to stand in a channel, is rewritten and goes, and how Slack shows it to the app.

One way for `chat.*`, for answers by response URL and for what an acknowledgement says. Checks content (text, blocks);
who may post where is the caller's question.
"""

import secrets
from dataclasses import dataclass

from bot.sandbox.slack.blocks import Surface, check_blocks
from bot.sandbox.slack.changes import Deleted, Posted, Rewritten
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.shapes import Json, JsonObject, object_of, objects_of, text_of
from bot.sandbox.slack.workspace import Workspace

LONGEST_TEXT = 40_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message says, checked: `blocks` have their ids. `None` means that the app gave none."""

    text: str | None
    blocks: tuple[JsonObject, ...] | None


def content_of(text: Json, blocks: Json) -> Content:
    """Raises `SlackError` (`no_text`, `msg_too_long`, `invalid_blocks`, `invalid_blocks_format`)."""
    if blocks is not None and not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    said = text if isinstance(text, str) else None
    if not said and not blocks:
        raise SlackError("no_text")
    if said is not None and len(said) > LONGEST_TEXT:
        raise SlackError("msg_too_long")
    if blocks is None:
        return Content(text=said, blocks=None)
    problems = check_blocks(blocks, Surface.MESSAGE)
    if problems:
        raise SlackError(
            "invalid_blocks",
            errors=problems,
            response_metadata={"messages": [f"[ERROR] {problem}" for problem in problems]},
        )
    return Content(text=said, blocks=with_ids([block for block in blocks if isinstance(block, dict)]))


def with_ids(blocks: list[JsonObject]) -> tuple[JsonObject, ...]:
    """Blocks and elements as Slack keeps them: each with an id, a random one where the app gave none."""
    return tuple(_with_ids(block) for block in blocks)


def _with_ids(block: JsonObject) -> JsonObject:
    kept: JsonObject = {**block, "block_id": text_of(block, "block_id") or secrets.token_urlsafe(4)}
    for key in ("accessory", "element"):
        if key in kept:
            kept[key] = _with_action_id(object_of(kept, key))
    if text_of(block, "type") == "actions":
        kept["elements"] = [_with_action_id(element) for element in objects_of(kept, "elements")]
    return kept


def _with_action_id(element: JsonObject) -> JsonObject:
    if text_of(element, "action_id") or text_of(element, "type") == "image":
        return element
    return {**element, "action_id": secrets.token_urlsafe(4)}


def post(
    workspace: Workspace,
    channel: str,
    content: Content,
    *,
    thread_ts: str | None = None,
    only_for: str | None = None,
    is_broadcast: bool = False,
    metadata: JsonObject | None = None,
) -> Message:
    """A new message of the app, shown to those who see it."""
    message = Message(
        channel=channel,
        ts=workspace.messages.new_ts(),
        user=workspace.app.user,
        text=content.text or "",
        blocks=content.blocks or (),
        thread_ts=workspace.messages.root_of(channel, thread_ts) if thread_ts else None,
        is_broadcast=is_broadcast,
        by_app=True,
        only_for=only_for,
        metadata=metadata,
    )
    workspace.messages.keep(message)
    workspace.changes.tell(Posted(message=message))
    _tell_root(workspace, message)
    return message


def say(workspace: Workspace, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
    """A plain message of a person."""
    root = workspace.messages.root_of(channel, thread_ts) if thread_ts else None
    message = Message(channel=channel, ts=workspace.messages.new_ts(), user=user, text=text, thread_ts=root)
    workspace.messages.keep(message)
    workspace.changes.tell(Posted(message=message))
    _tell_root(workspace, message)
    return message


def rewrite(workspace: Workspace, message: Message, content: Content, *, metadata: JsonObject | None = None) -> Message:
    """New text without blocks takes the old blocks away; blocks without text keep the old text."""
    text = message.text if content.text is None else content.text
    changed = workspace.messages.rewrite(message, text=text, blocks=content.blocks or (), metadata=metadata)
    workspace.changes.tell(Rewritten(message=changed))
    return changed


def delete(workspace: Workspace, message: Message) -> None:
    workspace.messages.remove(message)
    workspace.changes.tell(Deleted(message=message))
    _tell_root(workspace, message)


def _tell_root(workspace: Workspace, reply: Message) -> None:
    # A thread's first message shows how many replies it has, so it changes with them.
    if reply.thread_ts is None or reply.is_ephemeral:
        return
    root = workspace.messages.find(reply.channel, reply.thread_ts)
    if root is not None:
        workspace.changes.tell(Rewritten(message=root))


def as_slack(workspace: Workspace, message: Message) -> JsonObject:
    """The message as answers, payloads and `conversations.history` carry it."""
    shown: JsonObject = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": workspace.team.id,
    }
    if message.by_app:
        app = workspace.app
        shown |= {
            "bot_id": app.bot_id,
            "app_id": app.id,
            "bot_profile": {
                "id": app.bot_id,
                "app_id": app.id,
                "user_id": app.user,
                "name": app.name,
                "icons": {},
                "deleted": False,
                "updated": 1700000000,
                "team_id": workspace.team.id,
            },
        }
    if message.blocks:
        shown["blocks"] = list(message.blocks)
    if message.is_edited:
        shown["edited"] = {"user": message.user, "ts": message.ts}
    return shown | _thread_fields(workspace, message)


def _thread_fields(workspace: Workspace, message: Message) -> JsonObject:
    if message.thread_ts is not None:
        root = workspace.messages.find(message.channel, message.thread_ts)
        return {"thread_ts": message.thread_ts, "parent_user_id": root.user if root is not None else message.user}
    replies = workspace.messages.replies(message.channel, message.ts)
    if not replies or message.is_ephemeral:
        return {}
    users = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": users,
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
    }
