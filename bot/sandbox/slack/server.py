"""The Slack stand-in as a server: Web API, Socket Mode or signed HTTP deliveries, response URLs, and the demo's page.

Puts the parts of this package together, starts and stops them. Listens on 127.0.0.1 only.
"""

import aiohttp
from aiohttp import web

from bot.sandbox.slack.changes import Noted
from bot.sandbox.slack.delivery import Answer, Envelope
from bot.sandbox.slack.hands import Hands
from bot.sandbox.slack.http_delivery import HttpDelivery
from bot.sandbox.slack.local import only_local, with_headers
from bot.sandbox.slack.page import Backstage, Page
from bot.sandbox.slack.socket_mode import SocketMode
from bot.sandbox.slack.web_api import LARGEST_BODY, WebApi
from bot.sandbox.slack.workspace import Workspace

HOST = "127.0.0.1"


class SlackStandIn(Hands):
    """A running Slack. With `events_url` it delivers over HTTP to that address, otherwise over Socket Mode.

    `answer_within` is Slack's three seconds for acknowledgements, `ping_every` the seconds between pings of the
    server; tests may shorten both. `port` 0 takes a free one, known after `start`. `backstage` is the page's own
    control, if it has one.
    """

    def __init__(
        self,
        *,
        workspace: Workspace,
        events_url: str | None = None,
        port: int = 0,
        answer_within: float = 3.0,
        ping_every: float = 10.0,
    ) -> None:
        super().__init__(workspace, carry=self._deliver, address=lambda path: f"{self.origin}{path}")
        self.events_url = events_url
        self.backstage: Backstage | None = None
        self.sockets = SocketMode(workspace, answer_within=answer_within, ping_every=ping_every)
        self._answer_within = answer_within
        self._port = port
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._http: HttpDelivery | None = None

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def api_url(self) -> str:
        """The base URL for `AsyncWebClient(base_url=…)`; ends with a slash."""
        return f"{self.origin}/api/"

    @property
    def http(self) -> HttpDelivery:
        """The way over HTTP: its `is_twice`, `last` and `replay()` are for replays. Only between start and stop."""
        if self._http is None:
            raise RuntimeError("the stand-in is not started")
        return self._http

    async def start(self) -> None:
        api = WebApi(self.workspace, origin=lambda: self.origin, open_socket=lambda: self.sockets.ticketed(self.origin))
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[only_local])
        app.on_response_prepare.append(with_headers)
        app.add_routes([*api.routes(), *Page(self, lambda: self.backstage).routes(), web.get("/link", self._link)])
        app.on_shutdown.append(self._end_streams)
        self._session = aiohttp.ClientSession()
        self._http = HttpDelivery(self.workspace, self._session, answer_within=self._answer_within)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Closes every connection; calls that hang on order are cut off."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._session is not None:
            await self._session.close()
            self._session = None
            self._http = None

    async def __aenter__(self) -> "SlackStandIn":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def go_away(self) -> None:
        """All of Slack is unreachable: open sockets break, new ones and every call are dropped. The page stays."""
        self.workspace.faults.is_away = True
        await self.sockets.close()
        self.workspace.changes.tell(Noted())

    def sign(self, body: bytes, timestamp: int | None = None) -> dict[str, str]:
        """The headers Slack signs a request to the app with, for requests made by hand."""
        return self.workspace.sign(body, timestamp)

    def come_back(self) -> None:
        self.workspace.faults.is_away = False
        self.workspace.changes.tell(Noted())

    async def _deliver(self, envelope: Envelope) -> Answer:
        if self.events_url is None:
            return await self.sockets.deliver(envelope)
        return await self.http.deliver(envelope, self.events_url)

    async def _link(self, request: web.Request) -> web.StreamResponse:
        if self.workspace.faults.is_away:
            raise web.HTTPServiceUnavailable
        return await self.sockets.serve(request)

    async def _end_streams(self, _: web.Application) -> None:
        self.workspace.changes.end()
        await self.sockets.close()
