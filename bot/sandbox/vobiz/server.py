"""The stand-in's HTTP: which path is what, who may call it, and in which casing.

Checks in the provider's order: the router's path, the login, whose path it is. What follows is `purchases.py`'s and
`reads.py`'s.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from aiohttp import web

from bot.sandbox.vobiz.moods import ROUTER
from bot.sandbox.vobiz.purchases import PurchaseCall, Purchases
from bot.sandbox.vobiz.reads import Reads
from bot.sandbox.vobiz.replies import Replies
from bot.sandbox.vobiz.shapes import Edition
from bot.sandbox.vobiz.state import Account, World

AnyCasing = Literal["Account", "account", "both"]

_ACCOUNT: Final = "/api/v1/{casing:[Aa]ccount}/{auth_id}"
_READS: Final = {
    "inventory": f"{_ACCOUNT}/inventory/numbers",
    "own_numbers": f"{_ACCOUNT}/numbers",
    "balance": f"{_ACCOUNT}/balance/{{currency}}",
    "transactions": f"{_ACCOUNT}/transactions",
    "login": "/api/v1/auth/me",
}
_PURCHASE: Final = f"{_ACCOUNT}/numbers/purchase-from-inventory"
_CASINGS: Final[dict[Edition, AnyCasing]] = {Edition.NEWEST: "Account", Edition.OLDER: "account"}
_WAIT_FOR_HANDLERS: Final = 0.2

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True, kw_only=True)
class Server:
    """One listening socket on 127.0.0.1."""

    world: World
    replies: Replies
    purchases: Purchases
    reads: Reads
    casing: AnyCasing | None
    wrong_casing_status: int
    router_body: str = ROUTER
    """What the router writes on a path of the wrong casing."""
    base_url: str = ""
    _runner: web.AppRunner | None = field(default=None)

    async def start(self, port: int) -> None:
        """Listens on `port`, or on a free one for 0; then `base_url` is known."""
        app = web.Application(handler_args={"access_log": None})
        for route, pattern in _READS.items():
            app.router.add_get(pattern, self._read(route))
        app.router.add_post(_PURCHASE, self._purchase)
        self._runner = web.AppRunner(app, shutdown_timeout=_WAIT_FOR_HANDLERS)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/api"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def _read(self, route: str) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            caller = self._caller(request)
            if isinstance(caller, web.Response):
                return caller
            return await self.reads.answer(request, route, caller)

        return answer

    async def _purchase(self, request: web.Request) -> web.StreamResponse:
        call = await self._call(request)
        self.purchases.record(call)
        caller = self._caller(request)
        if isinstance(caller, web.Response):
            return caller
        if request.content_type != "application/json":
            return self.replies.error(400, "bad_request", "the body must be JSON")
        return await self.purchases.answer(request, caller, call)

    def _caller(self, request: web.Request) -> Account | web.Response:
        """The account that calls, or the answer that turns the call away."""
        casing = request.match_info.get("casing")
        if casing is not None and self.accepted_casing not in (casing, "both"):
            return web.Response(status=self.wrong_casing_status, text=self.router_body)
        account = self.world.accounts.get(request.headers.get("X-Auth-ID", ""))
        if account is None or request.headers.get("X-Auth-Token") != account.token:
            return web.json_response({"error": {"code": 401, "message": "Invalid token"}}, status=401)
        if request.match_info.get("auth_id", account.auth_id) != account.auth_id:
            return web.json_response({"error": "access denied"}, status=403)
        return account

    @property
    def accepted_casing(self) -> AnyCasing:
        return self.casing or _CASINGS[self.replies.edition]

    async def _call(self, request: web.Request) -> PurchaseCall:
        try:
            body = json.loads(await request.read())
        except ValueError:
            body = None
        stated = body if isinstance(body, dict) else {}
        return PurchaseCall(
            auth_id=request.match_info["auth_id"],
            casing=request.match_info["casing"],
            e164=_text(stated.get("e164")),
            currency=_text(stated.get("currency")),
            at=self.world.clock(),
        )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
