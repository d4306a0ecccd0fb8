"""In front of every method: does it exist, whose token is it, are the scopes there.

Knows nothing of HTTP and faults. Answers are Slack's JSON, refusals included.
"""

from collections.abc import Mapping

from bot.sandbox.slack.api import apps, chat, conversations, people, uploads, views
from bot.sandbox.slack.api.request import ApiRequest, Method
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.shapes import JsonObject
from bot.sandbox.slack.workspace import InstalledApp

METHODS: Mapping[str, Method] = {
    **apps.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **people.METHODS,
    **uploads.METHODS,
    **views.METHODS,
}


def takes_json(method: str) -> bool:
    return method not in METHODS or METHODS[method].takes_json


def answer(method: str, token: str | None, request: ApiRequest) -> JsonObject:
    """Slack's answer; whatever is refused is an answer too."""
    try:
        return {"ok": True, **_run(method, token, request)}
    except SlackError as refusal:
        return refusal.answer()


def _run(method: str, token: str | None, request: ApiRequest) -> JsonObject:
    known = METHODS.get(method)
    if known is None:
        raise SlackError("unknown_method", req_method=method)
    app = request.workspace.app
    _check_token(token, known, app)
    missing = [scope for scope in known.scopes if scope not in app.scopes]
    if missing:
        raise SlackError("missing_scope", needed=",".join(missing), provided=",".join(app.scopes))
    return known.run(request)


def _check_token(token: str | None, method: Method, app: InstalledApp) -> None:
    if not token:
        raise SlackError("not_authed")
    expected, other = app.bot_token, app.app_token
    if method.caller == "app":
        expected, other = other, expected
    if token == other:
        raise SlackError("not_allowed_token_type")
    if token != expected:
        raise SlackError("invalid_auth")
