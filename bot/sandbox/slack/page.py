"""The HTTP surface of the demo's page: what people see as a stream, what they do as small JSON requests.

Everything people do goes through `hands.py`; nothing is decided here. Who may ask at all: `local.py`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, assert_never

from aiohttp import web

import bot.sandbox
from bot.sandbox.slack.acks import Done, Failed, Invalid, Offered, Outcome
from bot.sandbox.slack.errors import ImpossibleError
from bot.sandbox.slack.hands import Hands
from bot.sandbox.slack.page_shapes import snapshot, start, told
from bot.sandbox.slack.shapes import JsonObject, object_of, parsed_object, text_of

FILES = Path(bot.sandbox.__file__).parent / "page"
SECONDS_BETWEEN_SIGNS_OF_LIFE = 15.0

_Act = Callable[[JsonObject], Awaitable[JsonObject]]


class Backstage(Protocol):
    """What a demo lets its visitors arrange that is no part of Slack; the page shows it apart."""

    def shown(self) -> JsonObject: ...

    async def arrange(self, wish: JsonObject) -> None:
        """Raises `ImpossibleError`."""


class Page:
    """Handlers for the page's routes. Without `backstage` there is nothing to arrange."""

    def __init__(self, hands: Hands, backstage: Callable[[], Backstage | None]) -> None:
        self._hands = hands
        self._backstage = backstage

    def routes(self) -> list[web.RouteDef]:
        acts: dict[str, _Act] = {
            "message": self._message,
            "command": self._command,
            "click": self._click,
            "options": self._options,
            "submit": self._submit,
            "close": self._close,
            "home": self._home,
            "shortcut": self._shortcut,
            "backstage": self._arrange,
        }
        return [
            web.get("/", self._index),
            web.get("/page/static/{name}", self._file),
            web.get("/page/start", self._start),
            web.get("/page/stream", self._stream),
            *(web.post(f"/page/{name}", _acting(act)) for name, act in acts.items()),
        ]

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return _file("index.html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return _file(request.match_info["name"])

    async def _start(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(start(self._hands.workspace))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """Server-Sent Events: a snapshot first, then every change this person sees."""
        user = request.query.get("user", "")
        if self._hands.workspace.people.find(user) is None:
            return _error(404, f"nobody is {user}")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        changes = self._hands.workspace.changes
        # Nothing happens between these two, so that no change is both in the snapshot and told, or neither.
        queue, seen, backstage = changes.watch(), snapshot(self._hands, user), self._backstage()
        seen["backstage"] = None if backstage is None else backstage.shown()
        try:
            await response.prepare(request)
            await response.write(_event(seen))
            while True:
                try:
                    async with asyncio.timeout(SECONDS_BETWEEN_SIGNS_OF_LIFE):
                        change = await queue.get()
                except TimeoutError:
                    await response.write(b": alive\n\n")
                    continue
                if change is None:
                    return response
                event = told(self._hands, user, change)
                if event is not None:
                    await response.write(_event(event))
        except ConnectionError:
            return response
        finally:
            changes.unwatch(queue)

    async def _message(self, body: JsonObject) -> JsonObject:
        said = self._hands.say(
            text_of(body, "user"), text_of(body, "channel"), text_of(body, "text"), text_of(body, "thread_ts") or None
        )
        return {"ok": True, "ts": said.ts}

    async def _command(self, body: JsonObject) -> JsonObject:
        user, channel = text_of(body, "user"), text_of(body, "channel")
        return _outcome(await self._hands.command(user, channel, text_of(body, "text")))

    async def _click(self, body: JsonObject) -> JsonObject:
        outcome = await self._hands.click(
            text_of(body, "user"),
            _target(body),
            text_of(body, "action_id"),
            block_id=text_of(body, "block_id") or None,
            chosen=object_of(body, "action"),
        )
        return _outcome(outcome)

    async def _options(self, body: JsonObject) -> JsonObject:
        user, action_id = text_of(body, "user"), text_of(body, "action_id")
        offered = await self._hands.options(user, _target(body), action_id, text_of(body, "value"))
        if isinstance(offered, Offered):
            return {"options": list(offered.options), "option_groups": list(offered.option_groups)}
        return _outcome(offered)

    async def _submit(self, body: JsonObject) -> JsonObject:
        state = object_of(body, "state")
        values = {
            block_id: {action_id: object_of(actions, action_id) for action_id in actions}
            for block_id, actions in ((key, object_of(state, key)) for key in state)
        }
        return _outcome(await self._hands.submit(text_of(body, "user"), text_of(body, "view_id"), values))

    async def _close(self, body: JsonObject) -> JsonObject:
        return _outcome(await self._hands.close(text_of(body, "user"), text_of(body, "view_id")))

    async def _home(self, body: JsonObject) -> JsonObject:
        return _outcome(await self._hands.open_home(text_of(body, "user")))

    async def _shortcut(self, body: JsonObject) -> JsonObject:
        user, callback_id = text_of(body, "user"), text_of(body, "callback_id")
        return _outcome(await self._hands.shortcut(user, callback_id, message=text_of(body, "ts") or None))

    async def _arrange(self, body: JsonObject) -> JsonObject:
        backstage = self._backstage()
        if backstage is None:
            raise ImpossibleError("there is nothing to arrange here")
        await backstage.arrange(body)
        return {"ok": True}


def _acting(act: _Act) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """What cannot be done is answered 409, what cannot be read 400; what the app made of it is 200 either way."""

    async def handler(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await act(parsed_object(await request.read())))
        except ImpossibleError as impossible:
            return _error(409, impossible.reason)
        except ValueError:
            return _error(400, "not a JSON object")

    return handler


def _outcome(outcome: Outcome) -> JsonObject:
    match outcome:
        case Done():
            return {"ok": True}
        case Failed(words=words):
            return {"ok": False, "error": words}
        case Invalid(errors=errors):
            return {"ok": False, "errors": dict(errors)}
        case _:
            assert_never(outcome)


def _target(body: JsonObject) -> str:
    container = object_of(body, "container")
    return text_of(container, "view_id") or text_of(container, "ts")


def _file(name: str) -> web.StreamResponse:
    path = FILES / name
    if path.parent != FILES or not path.is_file():
        raise web.HTTPNotFound(text="no such file")
    return web.FileResponse(path)


def _event(told_: JsonObject) -> bytes:
    return f"data: {json.dumps(told_)}\n\n".encode()


def _error(status: int, words: str) -> web.Response:
    return web.json_response({"ok": False, "error": words}, status=status)
