"""`users.info`, `usergroups.list`, `usergroups.users.list`: who somebody is, and who is in a group."""

from collections.abc import Mapping

from bot.sandbox.slack.api.request import ApiRequest, Method
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.people import UserGroup
from bot.sandbox.slack.shapes import JsonObject, flag_of


def describe_user(request: ApiRequest) -> JsonObject:
    workspace = request.workspace
    return {"user": workspace.people.get(request.text("user")).as_slack(workspace.team.id)}


def list_groups(request: ApiRequest) -> JsonObject:
    workspace = request.workspace
    with_disabled = flag_of(request.arguments, "include_disabled") is True
    with_users = flag_of(request.arguments, "include_users") is True

    def shown(group: UserGroup) -> JsonObject:
        described = group.as_slack(workspace.team.id)
        return described | {"users": list(group.users)} if with_users else described

    return {
        "usergroups": [shown(group) for group in workspace.people.groups() if with_disabled or not group.is_disabled]
    }


def list_group_users(request: ApiRequest) -> JsonObject:
    people = request.workspace.people
    group = people.group(request.required("usergroup"))
    if group.is_disabled and flag_of(request.arguments, "include_disabled") is not True:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


METHODS: Mapping[str, Method] = {
    "users.info": Method(run=describe_user, scopes=("users:read",), takes_json=False),
    "usergroups.list": Method(run=list_groups, scopes=("usergroups:read",), takes_json=False),
    "usergroups.users.list": Method(run=list_group_users, scopes=("usergroups:read",), takes_json=False),
}
