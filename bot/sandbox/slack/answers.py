"""Answers by response URL: a new message for one or for all, or the message acted on rewritten or deleted.

Knows what Slack allows there; knows nothing of HTTP.
"""

from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.posting import content_of, delete, post, rewrite
from bot.sandbox.slack.response_urls import ResponseUrl
from bot.sandbox.slack.shapes import JsonObject, flag_of, text_of
from bot.sandbox.slack.workspace import Workspace


def answer_by_url(workspace: Workspace, path: str, body: JsonObject) -> None:
    """Raises `SlackError` (`used_url`, `expired_url`, `invalid_url`, `no_text`, `invalid_blocks`, …)."""
    url = workspace.response_urls.check(path)
    original = _original(workspace, url)
    if flag_of(body, "delete_original") is True:
        if original is None:
            raise SlackError("message_not_found")
        delete(workspace, original)
    else:
        _say(workspace, url, original, body)
    workspace.response_urls.use(url)


def _say(workspace: Workspace, url: ResponseUrl, original: Message | None, body: JsonObject) -> None:
    content = content_of(body.get("text"), body.get("blocks"))
    if original is not None and _replaces(body):
        rewrite(workspace, original, content)
        return
    channel = workspace.channels.find(url.channel)
    if channel is not None and channel.is_archived:
        raise SlackError("is_archived")
    for_all = text_of(body, "response_type") == "in_channel"
    thread_ts = text_of(body, "thread_ts") or None
    post(workspace, url.channel, content, thread_ts=thread_ts, only_for=None if for_all else url.user)


def _replaces(body: JsonObject) -> bool:
    # Said nowhere, Slack replaces the message that was acted on; a new one needs `replace_original: false`.
    wish = flag_of(body, "replace_original")
    return wish if wish is not None else "response_type" not in body


def _original(workspace: Workspace, url: ResponseUrl) -> Message | None:
    return workspace.messages.find(url.channel, url.message_ts) if url.message_ts is not None else None
