"""The Bolt app: who the bot is, every surface registered by name, and what a broken payload is answered.

`process_before_response=True`: without it Bolt looks for a listener's answer every 10 ms, so no request takes less;
with it the listener is awaited and the answer leaves at once. That is why listeners do one insert and nothing slow.
`authorize` is our own: Bolt's would call `auth.test` in front of the first click and lose that click when it fails.
Listeners call Slack through `outgoing.py`: Bolt makes a client for each request, which is not even given the token.
What goes on beside an answer is not a lazy listener of Bolt's: that gets copies of the request and all it was given.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from traceback import walk_tb
from typing import Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_sdk.web.async_client import AsyncWebClient

from bot.services.acts import NotKept
from handlers import again, command, decisions, home, picker, questions, shortcuts
from handlers.surfaces import Surfaces
from handlers.unknown import turn_away

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who we are, from `auth.test` at start."""

    team: str
    bot_user: str
    bot_id: str
    workspace: str = ""
    """The workspace's address, `https://team.slack.com/`."""


def build(identity: Identity, surfaces: Surfaces) -> AsyncApp:
    """The app with every surface. Signatures are checked in front of it (`http_events.py`), on the raw body."""

    app = AsyncApp(
        name="buynumber",  # given none, Bolt reads the source of everything on the stack to make one up
        client=AsyncWebClient(),
        authorize=Authorizing(identity),
        process_before_response=True,
        request_verification_enabled=False,
        raise_error_for_unhandled_request=True,
        ssl_check_enabled=False,
        logger=logging.getLogger("slack_bolt"),
    )

    async def answer_failure(error: Exception, body: dict[str, Any]) -> BoltResponse:
        """What nobody takes, or lacks what it must hold, is the sender's fault; all else is ours."""
        try:
            if isinstance(error, NotKept):
                raise error
            if isinstance(error, BoltUnhandledRequestError):
                return await turn_away(surfaces, body, otherwise=404)
            if isinstance(error, ValueError | KeyError) or (
                isinstance(error, UNREADABLE) and not _met_in_a_listener(error)
            ):
                return await turn_away(surfaces, body, otherwise=400)
        except NotKept as away:
            log.warning("what somebody did could not be kept", reason=str(away))
            return BoltResponse(status=503, body="")
        log.error("a handler failed", exc_info=error)
        return BoltResponse(status=500, body="")

    app.use(NamingInLogs())
    app.error(answer_failure)
    for surface in (command, decisions, questions, again, picker, shortcuts, home):
        surface.register(app, surfaces)
    return app


class Authorizing(AsyncAuthorize):
    """Whoever it is, we are who we are.

    No function, like `NamingInLogs`: for each Bolt would put together all that it may ask for.
    """

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    async def __call__(self, **_: object) -> AuthorizeResult:
        """A new one each time, as Bolt keeps it in the request's context."""
        ours = self._identity
        return AuthorizeResult(enterprise_id=None, team_id=ours.team, bot_user_id=ours.bot_user, bot_id=ours.bot_id)


class NamingInLogs(AsyncMiddleware):
    """Lines that come of a button of a request, or of its form, say which one that is."""

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 - as Bolt calls it
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - as Bolt calls it
    ) -> BoltResponse:
        body = req.body
        with suppress(*UNREADABLE):
            carried = body["actions"][0]["value"] if "actions" in body else body["view"]["private_metadata"]
            if (named := _NAMES_A_REQUEST.match(carried)) is not None:
                structlog.contextvars.bind_contextvars(request=named[0])
        return await next()


_NAMES_A_REQUEST = re.compile(r"[0-9a-f]{32}(?![0-9a-f])")

UNREADABLE = (ValueError, LookupError, AttributeError, TypeError, RecursionError)
"""What Bolt trips with over a payload that is not of Slack's form: it reads before it looks for a listener."""


def _met_in_a_listener(error: Exception) -> bool:
    """Did it pass through code of ours? Bolt's own, which chooses the listener, believes what it is sent."""
    ours = __name__.partition(".")[0] + "."
    return any(frame.f_globals.get("__name__", "").startswith(ours) for frame, _ in walk_tb(error.__traceback__))
