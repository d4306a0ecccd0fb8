"""The Web API, response URLs and uploads over HTTP, with the faults that were ordered acted out.

Knows how Slack carries calls; what a call does is `api/` and `answers.py`.
"""

import json
from collections.abc import Callable
from typing import assert_never
from urllib.parse import parse_qsl

from aiohttp import web

from bot.sandbox.slack.answers import answer_by_url
from bot.sandbox.slack.api import dispatch
from bot.sandbox.slack.api.request import ApiRequest
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.faults import RESPONSE_URL, Broken, Dropped, Fault, Hanging, Limited, Refusing
from bot.sandbox.slack.shapes import JsonObject, parsed_object
from bot.sandbox.slack.workspace import Workspace

LARGEST_BODY = 4 * 1024 * 1024


class WebApi:
    """Handlers for the server's routes. `open_socket` gives a one-use socket address."""

    def __init__(self, workspace: Workspace, *, origin: Callable[[], str], open_socket: Callable[[], str]) -> None:
        self._workspace = workspace
        self._origin = origin
        self._open_socket = open_socket

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/api/{method}", self.call),
            web.post("/{kind:commands|actions}/{team}/{number}/{secret}", self.answer_url),
            web.post("/upload/v1/{ticket}", self.upload),
        ]

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One call of a method."""
        method = request.match_info["method"]
        arguments, token = await self._read(request, method)
        call = self._workspace.note(method, arguments)
        api_request = ApiRequest(
            workspace=self._workspace, arguments=arguments, origin=self._origin(), open_socket=self._open_socket
        )
        return await self._act_out(
            request, method, call.channel, lambda: _json(dispatch.answer(method, token, api_request), self._workspace)
        )

    async def answer_url(self, request: web.Request) -> web.StreamResponse:
        """One answer by response URL. Slack says `ok` in plain text, or names the error with HTTP 404."""
        try:
            body = parsed_object(await request.read())
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        self._workspace.note(RESPONSE_URL, body)

        def effect() -> web.Response:
            try:
                answer_by_url(self._workspace, request.path, body)
            except SlackError as refusal:
                return web.json_response(refusal.answer(), status=_status_of(refusal.code) or 400)
            return web.Response(text="ok")

        return await self._act_out(request, RESPONSE_URL, "", effect)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        file = self._workspace.files.receive(request.match_info["ticket"], await request.read())
        if file is None:
            raise web.HTTPNotFound(text="no such upload")
        return web.Response(text=f"OK - {file.length}")

    async def _read(self, request: web.Request, method: str) -> tuple[JsonObject, str | None]:
        """Arguments from query, form and JSON body together, and the token from the header or from them."""
        arguments: JsonObject = dict(request.query)
        body = await request.read()
        if request.content_type == "application/json" and body and dispatch.takes_json(method):
            try:
                arguments |= parsed_object(body)
            except ValueError:
                raise _refused("invalid_json") from None
        elif request.content_type == "application/x-www-form-urlencoded":
            arguments |= dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        in_body = arguments.pop("token", None)
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        token = bearer if scheme == "Bearer" else in_body
        return arguments, token if isinstance(token, str) else None

    async def _act_out(
        self, request: web.Request, method: str, channel: str, effect: Callable[[], web.Response]
    ) -> web.StreamResponse:
        if self._workspace.faults.is_away:
            return _drop(request)
        wait = self._workspace.rates.take(method, channel) if self._workspace.rates is not None else None
        fault = Limited(retry_after=wait) if wait is not None else self._workspace.faults.next_for(method, channel)
        return effect() if fault is None else await _with_fault(request, fault, effect)


async def _with_fault(request: web.Request, fault: Fault, effect: Callable[[], web.Response]) -> web.StreamResponse:
    match fault:
        case Limited(retry_after=seconds):
            body = {"ok": False, "error": "ratelimited"}
            return web.json_response(body, status=429, headers={"Retry-After": str(seconds)})
        case Refusing(code=code):
            return web.json_response({"ok": False, "error": code}, status=_status_of(code) or 200)
        case Broken(status=status, content_type=content_type, body=body):
            return web.Response(status=status, text=body, content_type=content_type)
        case Dropped(after_effect=after_effect):
            if after_effect:
                effect()
            return _drop(request)
        case Hanging(released=released, after_effect=True):
            answer = effect()
            await released.wait()
            return answer
        case Hanging(released=released):
            await released.wait()
            return effect()
        case _:
            assert_never(fault)


def _status_of(code: str) -> int | None:
    """Response URLs that are used up, expired or unknown are the one refusal that Slack answers with a 404."""
    return 404 if code in {"used_url", "expired_url", "invalid_url"} else None


def _drop(request: web.Request) -> web.Response:
    """Breaks the connection; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)


def _json(answer: JsonObject, workspace: Workspace) -> web.Response:
    headers = {"X-OAuth-Scopes": ",".join(workspace.app.scopes)}
    return web.json_response(answer, headers=headers)


def _refused(code: str) -> web.HTTPException:
    return web.HTTPOk(text=json.dumps({"ok": False, "error": code}), content_type="application/json")
