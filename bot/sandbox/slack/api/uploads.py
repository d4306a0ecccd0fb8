"""`files.getUploadURLExternal` and `files.completeUploadExternal`: a file in three steps, as Slack wants it."""

from collections.abc import Mapping

from bot.sandbox.slack.api.request import ApiRequest, Method
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.posting import Content, post
from bot.sandbox.slack.shapes import JsonObject, text_of

_SCOPES = ("files:write",)


def expect_upload(request: ApiRequest) -> JsonObject:
    name, length = request.required("filename"), request.required("length")
    if not length.isdigit() or length == "0":
        raise SlackError("invalid_arguments")
    file = request.workspace.files.expect(name, int(length))
    return {"file_id": file.id, "upload_url": f"{request.origin}/upload/v1/{file.ticket}"}


def complete_upload(request: ApiRequest) -> JsonObject:
    workspace = request.workspace
    given = request.structured("files", "invalid_arguments")
    if not isinstance(given, list) or not given:
        raise SlackError("invalid_arguments")
    channel = request.text("channel_id") or None
    if channel is not None and not workspace.channels.has_app(workspace.channels.visible_to_app(channel)):
        raise SlackError("not_in_channel")
    wanted = [dict(item) for item in given if isinstance(item, dict)]
    completed = [
        workspace.files.complete(text_of(item, "id"), title=text_of(item, "title"), channel=channel) for item in wanted
    ]
    if channel is not None:
        text = request.text("initial_comment") or ", ".join(file.title for file in completed)
        post(workspace, channel, Content(text=text, blocks=None), thread_ts=request.text("thread_ts") or None)
    return {"files": [{"id": file.id, "title": file.title, "name": file.name} for file in completed]}


METHODS: Mapping[str, Method] = {
    "files.getUploadURLExternal": Method(run=expect_upload, scopes=_SCOPES, takes_json=False),
    "files.completeUploadExternal": Method(run=complete_upload, scopes=_SCOPES),
}
