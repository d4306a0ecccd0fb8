"""`chat.*`: what the app says, rewrites and takes back."""

from collections.abc import Mapping

from bot.sandbox.slack.api.request import ApiRequest, Method
from bot.sandbox.slack.blocks import Surface, check_blocks
from bot.sandbox.slack.channels import Channel
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.posting import Content, as_slack, content_of, delete, post, rewrite
from bot.sandbox.slack.shapes import Json, JsonObject, flag_of


def post_message(request: ApiRequest) -> JsonObject:
    workspace = request.workspace
    channel = _channel_to_post_in(request)
    content = _content(request)
    metadata = _metadata(request)
    message = post(
        workspace,
        channel.id,
        content,
        thread_ts=request.text("thread_ts") or None,
        is_broadcast=flag_of(request.arguments, "reply_broadcast") is True,
        metadata=metadata,
    )
    return {"channel": channel.id, "ts": message.ts, "message": as_slack(workspace, message)}


def post_ephemeral(request: ApiRequest) -> JsonObject:
    workspace = request.workspace
    channel = _visible(request)
    # `chat:write.public` does not cover this method: in a channel without the app Slack answers `not_in_channel`.
    if not workspace.channels.has_app(channel):
        raise SlackError("not_in_channel")
    user = request.required("user")
    if workspace.people.find(user) is None or user not in channel.members:
        raise SlackError("user_not_in_channel")
    content = _content(request)
    message = post(workspace, channel.id, content, thread_ts=request.text("thread_ts") or None, only_for=user)
    return {"message_ts": message.ts}


def update_message(request: ApiRequest) -> JsonObject:
    workspace = request.workspace
    message = _own(request, "cant_update_message")
    changed = rewrite(workspace, message, _content(request), metadata=_metadata(request))
    return {"channel": message.channel, "ts": message.ts, "text": changed.text, "message": as_slack(workspace, changed)}


def delete_message(request: ApiRequest) -> JsonObject:
    message = _own(request, "cant_delete_message")
    delete(request.workspace, message)
    return {"channel": message.channel, "ts": message.ts}


def validate_message(request: ApiRequest) -> JsonObject:
    """Source: Slack's page on `blocks.validate`; blocks alone and views are not asked about here."""
    message = request.structured("message", "invalid_arguments")
    if not isinstance(message, dict):
        raise SlackError("invalid_arguments")
    found = check_blocks(message.get("blocks"), Surface.MESSAGE)
    if found:
        parts = [problem.rstrip("]").split(" [json-pointer:") for problem in found]
        raise SlackError("invalid_message", errors=[{"pointer": where, "message": words} for words, where in parts])
    return {}


def permalink(request: ApiRequest) -> JsonObject:
    """Source: Slack's page on `chat.getPermalink`; a thread's replies have its `ts` in the query."""
    workspace = request.workspace
    channel = workspace.channels.visible_to_app(request.text("channel"))
    message = workspace.messages.find(channel.id, request.required("message_ts"))
    if message is None or message.is_ephemeral:
        raise SlackError("message_not_found")
    thread = f"?thread_ts={message.thread_ts}&cid={channel.id}" if message.thread_ts else ""
    where = f"https://{workspace.team.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": f"{where}{thread}"}


def _visible(request: ApiRequest) -> Channel:
    channel = request.workspace.channels.visible_to_app(request.text("channel"))
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def _channel_to_post_in(request: ApiRequest) -> Channel:
    workspace = request.workspace
    named = request.text("channel")
    person = workspace.people.find(named)
    if person is not None and person.id != workspace.app.user and not person.deleted:
        return workspace.channels.direct(person.id)
    channel = _visible(request)
    may_post = workspace.channels.has_app(channel) or "chat:write.public" in workspace.app.scopes
    if not may_post:
        raise SlackError("not_in_channel")
    return channel


def _own(request: ApiRequest, refusal: str) -> Message:
    channel = _visible(request)
    message = request.workspace.messages.find(channel.id, request.text("ts"))
    if message is None or message.is_ephemeral:
        raise SlackError("message_not_found")
    if not message.by_app:
        raise SlackError(refusal)
    return message


def _content(request: ApiRequest) -> Content:
    return content_of(request.arguments.get("text"), request.structured("blocks", "invalid_blocks_format"))


def _metadata(request: ApiRequest) -> JsonObject | None:
    given: Json = request.structured("metadata", "invalid_metadata_format")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise SlackError("invalid_metadata_format")
    if not isinstance(given.get("event_type"), str) or not isinstance(given.get("event_payload"), dict):
        raise SlackError("invalid_metadata_schema")
    return dict(given)


_SCOPES = ("chat:write",)

METHODS: Mapping[str, Method] = {
    "chat.postMessage": Method(run=post_message, scopes=_SCOPES),
    "chat.postEphemeral": Method(run=post_ephemeral, scopes=_SCOPES),
    "chat.update": Method(run=update_message, scopes=_SCOPES),
    "chat.getPermalink": Method(run=permalink, takes_json=False),
    "blocks.validate": Method(run=validate_message, takes_json=False),
    "chat.delete": Method(run=delete_message, scopes=_SCOPES),
}
