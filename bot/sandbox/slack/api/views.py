"""`views.*`: modals in front of people, and App Home."""

import json
from collections.abc import Mapping

from bot.sandbox.slack.api.request import ApiRequest, Method
from bot.sandbox.slack.blocks import check_view
from bot.sandbox.slack.changes import Closed, Published, Shown
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.posting import with_ids
from bot.sandbox.slack.shapes import Json, JsonObject, objects_of, text_of
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace

LARGEST = 250_000


def checked_view(view: Json, expected: str) -> JsonObject:
    """The view with ids where the app gave none. Raises `SlackError` (`invalid_arguments`, `view_too_large`)."""
    if not isinstance(view, dict):
        raise _invalid(["must provide an object [json-pointer:/view]"])
    if len(json.dumps(view)) > LARGEST:
        raise SlackError("view_too_large")
    problems = check_view(dict(view))
    if not problems and text_of(view, "type") != expected:
        problems = [f"must be a view of type {expected} [json-pointer:/view/type]"]
    if problems:
        raise _invalid(problems)
    return {**view, "blocks": list(with_ids(objects_of(view, "blocks")))}


def shown(workspace: Workspace, view: View) -> JsonObject:
    return view.as_slack(team=workspace.team.id, app=workspace.app.id, bot=workspace.app.bot_id)


def open_view(request: ApiRequest) -> JsonObject:
    workspace = request.workspace
    trigger = workspace.triggers.check(request.required("trigger_id"))
    replaced = workspace.views.stack(trigger.user)
    view = workspace.views.open(trigger.user, _given(request, "modal"))
    workspace.triggers.use(trigger)
    for gone in reversed(replaced):
        workspace.changes.tell(Closed(view=gone))
    workspace.changes.tell(Shown(view=view))
    return {"view": shown(workspace, view)}


def push_view(request: ApiRequest) -> JsonObject:
    workspace = request.workspace
    trigger = workspace.triggers.check(request.required("trigger_id"))
    if trigger.in_view is None:
        raise SlackError("invalid_trigger_id")
    view = workspace.views.push(trigger.user, _given(request, "modal"))
    workspace.triggers.use(trigger)
    workspace.changes.tell(Shown(view=view))
    return {"view": shown(workspace, view)}


def update_view(request: ApiRequest) -> JsonObject:
    views = request.workspace.views
    view_id, external_id = request.text("view_id"), request.text("external_id")
    if not view_id and not external_id:
        raise _invalid(["must provide either view_id or external_id [json-pointer:/view_id]"])
    found = views.find(view_id) if view_id else views.find_external(external_id)
    if found is None:
        raise SlackError("not_found")
    updated = views.update(found, _given(request, found.type), request.text("hash"))
    change = Published(view=updated) if updated.type == "home" else Shown(view=updated)
    request.workspace.changes.tell(change)
    return {"view": shown(request.workspace, updated)}


def publish_view(request: ApiRequest) -> JsonObject:
    workspace = request.workspace
    person = workspace.people.find(request.required("user_id"))
    if person is None or person.is_hidden or person.deleted:
        raise _invalid(["user_id is not valid [json-pointer:/user_id]"])
    view = workspace.views.publish(person.id, _given(request, "home"), request.text("hash"))
    workspace.changes.tell(Published(view=view))
    return {"view": shown(workspace, view)}


def _given(request: ApiRequest, expected: str) -> JsonObject:
    return checked_view(request.structured("view", "invalid_arguments"), expected)


def _invalid(problems: list[str]) -> SlackError:
    return SlackError(
        "invalid_arguments", response_metadata={"messages": [f"[ERROR] {problem}" for problem in problems]}
    )


METHODS: Mapping[str, Method] = {
    "views.open": Method(run=open_view),
    "views.push": Method(run=push_view),
    "views.update": Method(run=update_view),
    "views.publish": Method(run=publish_view),
}
