"""`conversations.*`: what the app may read of a channel, each kind of channel with its own scope."""

from collections.abc import Mapping, Sequence

from bot.sandbox.slack.api.request import ApiRequest, Method
from bot.sandbox.slack.channels import Channel
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.posting import as_slack
from bot.sandbox.slack.shapes import JsonObject, flag_of

MOST_A_PAGE = 1000


def describe_channel(request: ApiRequest) -> JsonObject:
    channel = _readable(request, "read")
    return {"channel": channel.as_slack(request.workspace.app.user)}


def read_history(request: ApiRequest) -> JsonObject:
    channel = _readable(request, "history")
    newest_first = list(reversed(request.workspace.messages.in_channel(channel.id)))
    return _page(request, _within(request, newest_first))


def read_replies(request: ApiRequest) -> JsonObject:
    channel = _readable(request, "history")
    messages = request.workspace.messages
    root = messages.find(channel.id, messages.root_of(channel.id, request.required("ts")))
    if root is None or root.is_ephemeral:
        raise SlackError("thread_not_found")
    return _page(request, [root, *_within(request, messages.replies(channel.id, root.ts))])


def _readable(request: ApiRequest, suffix: str) -> Channel:
    workspace = request.workspace
    found = workspace.channels.find(request.text("channel"))
    prefix = "channels"
    if found is not None and not found.is_public:
        prefix = "im" if found.is_im else "groups"
    needed = f"{prefix}:{suffix}"
    if needed not in workspace.app.scopes:
        raise SlackError("missing_scope", needed=needed, provided=",".join(workspace.app.scopes))
    channel = workspace.channels.visible_to_app(request.text("channel"))
    if suffix == "history" and not workspace.channels.has_app(channel):
        raise SlackError("not_in_channel")
    return channel


def _within(request: ApiRequest, messages: Sequence[Message]) -> list[Message]:
    oldest, latest = request.text("oldest") or "0", request.text("latest")
    inclusive = flag_of(request.arguments, "inclusive") is True

    def fits(message: Message) -> bool:
        at = float(message.ts)
        if inclusive and message.ts in {oldest, latest}:
            return True
        return float(oldest) < at and (not latest or at < float(latest))

    return [message for message in messages if fits(message)]


def _page(request: ApiRequest, messages: Sequence[Message]) -> JsonObject:
    limit = request.text("limit") or "100"
    start = request.text("cursor") or "0"
    if not limit.isdigit() or not 1 <= int(limit) <= MOST_A_PAGE:
        raise SlackError("invalid_limit")
    if not start.isdigit():
        raise SlackError("invalid_cursor")
    end = int(start) + int(limit)
    with_metadata = flag_of(request.arguments, "include_all_metadata") is True
    shown = [_shown(request, message, with_metadata=with_metadata) for message in messages[int(start) : end]]
    has_more = end < len(messages)
    return {"messages": shown, "has_more": has_more, "response_metadata": {"next_cursor": str(end) if has_more else ""}}


def _shown(request: ApiRequest, message: Message, *, with_metadata: bool) -> JsonObject:
    described = as_slack(request.workspace, message)
    if with_metadata and message.metadata is not None:
        described["metadata"] = message.metadata
    return described


METHODS: Mapping[str, Method] = {
    "conversations.info": Method(run=describe_channel, takes_json=False),
    "conversations.history": Method(run=read_history),
    "conversations.replies": Method(run=read_replies, takes_json=False),
}
