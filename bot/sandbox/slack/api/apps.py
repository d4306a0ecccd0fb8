"""`auth.test`, `apps.connections.open`, `bots.info`: who the app is, and its way in."""

from collections.abc import Mapping

from bot.sandbox.slack.api.request import ApiRequest, Method
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.shapes import JsonObject


def test_auth(request: ApiRequest) -> JsonObject:
    workspace = request.workspace
    return {
        "url": f"https://{workspace.team.domain}.slack.com/",
        "team": workspace.team.name,
        "user": workspace.app.name.lower(),
        "team_id": workspace.team.id,
        "user_id": workspace.app.user,
        "bot_id": workspace.app.bot_id,
        "is_enterprise_install": False,
    }


def open_connection(request: ApiRequest) -> JsonObject:
    return {"url": request.open_socket()}


def describe_bot(request: ApiRequest) -> JsonObject:
    app = request.workspace.app
    if request.text("bot") not in {"", app.bot_id}:
        raise SlackError("bot_not_found")
    bot: JsonObject = {
        "id": app.bot_id,
        "deleted": False,
        "name": app.name,
        "updated": 1700000000,
        "app_id": app.id,
        "user_id": app.user,
        "icons": {},
    }
    return {"bot": bot}


METHODS: Mapping[str, Method] = {
    "auth.test": Method(run=test_auth),
    "apps.connections.open": Method(run=open_connection, caller="app"),
    "bots.info": Method(run=describe_bot, scopes=("users:read",), takes_json=False),
}
