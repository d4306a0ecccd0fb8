"""Slack and Vobiz as the benchmark needs them: one process that answers what a bot calls, and tells each call to Slack.

Not those of `bot/sandbox`: they go through all numbers and the whole ledger for every read and keep every message, so
that the ten-thousandth purchase would measure them; and their Slack and its people are one process. What these say of
numbers is written by the sandbox all the same. Each account has a world of its own, where every number is on sale.

Both take 4 ms to answer, which is little for servers elsewhere: with none, latencies would be a comparison of clients.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import JsonValue

from bot.sandbox.vobiz import StockNumber, shapes
from bot.sandbox.vobiz.shapes import Edition
from bot.sandbox.vobiz.state import Funds, LedgerRow
from tests.bench.serving import serve

TEAM, BOT_USER, BOT_ID = "T0BENCH01", "U0BENCHBOT", "B0BENCHBOT"

WORDS = ("response_url", "chat.postEphemeral")

ANSWERS_AFTER = 0.004
"""Seconds."""

FUNDS = Funds(available=Decimal(10**9))


class Shop:
    """One account of the provider."""

    def __init__(self, auth_id: str) -> None:
        self._auth_id = auth_id
        self._sold: dict[str, StockNumber] = {}
        self._ledger: list[LedgerRow] = []

    def inventory(self, query: Mapping[str, str]) -> shapes.JsonObject:
        """The one number that was searched for, unless it is sold."""
        e164 = f"+{query['search']}"
        items: list[JsonValue] = [] if e164 in self._sold else [shapes.inventory_item(_on_sale(e164), Edition.NEWEST)]
        return {"items": items, **shapes.inventory_position(query).echo, "total": len(items)}

    def own_numbers(self, query: Mapping[str, str]) -> shapes.JsonObject:
        """All, or those that were searched for by their last digits."""
        position, search = shapes.own_position(query, Edition.NEWEST), query.get("search", "")
        found = [number for e164, number in self._sold.items() if e164.endswith(search)]
        items = [shapes.own_item(number, Edition.NEWEST) for number in found[position.start :][: position.size]]
        return {"items": [*items], **position.echo, "total": len(found)}

    def transactions(self, query: Mapping[str, str]) -> shapes.JsonObject:
        position, rows = shapes.ledger_position(query, Edition.NEWEST), self._ledger[::-1]
        shown = [shapes.transaction(row, Edition.NEWEST) for row in rows[position.start :][: position.size]]
        return shapes.ledger_page(self._auth_id, shown, len(rows), position)

    def buy(self, e164: str) -> shapes.JsonObject:
        now = datetime.now(UTC)
        number = replace(_on_sale(e164), owner=self._auth_id, purchased_at=now)
        debit = LedgerRow(
            id=f"txn_{len(self._ledger) + 1:06d}",
            e164=e164,
            account=self._auth_id,
            kind="debit",
            amount=number.charge,
            currency="INR",
            description=f"DID purchase {e164}",
            reference=number.id,
            reference_type="did_purchase",
            at=now,
        )
        self._ledger.append(debit)
        self._sold[e164] = number
        return shapes.receipt(number, Edition.NEWEST)


def _on_sale(e164: str) -> StockNumber:
    return StockNumber(id=f"num_{e164[1:]}", e164=e164, country="IN", region="Bengaluru")


class StandIns:
    """Both, on one port. Each call to Slack is one line of JSON on stdout: when, which, and with what."""

    def __init__(self) -> None:
        self._shops: dict[str, Shop] = {}
        self._stamps = count(1)

    def app(self) -> web.Application:
        account = "/vobiz/v1/Account/{auth_id}"
        app = web.Application(middlewares=[_after_a_while])
        app.add_routes(
            [
                web.route("*", "/slack/{method}", self._slack),
                web.post("/answers", self._slack),
                web.get(f"{account}/inventory/numbers", self._inventory),
                web.get(f"{account}/numbers", self._own_numbers),
                web.get(f"{account}/balance/{{currency}}", self._balance),
                web.get(f"{account}/transactions", self._transactions),
                web.post(f"{account}/numbers/purchase-from-inventory", self._purchase),
            ]
        )
        return app

    async def _slack(self, request: web.Request) -> web.Response:
        method, body = request.match_info.get("method", "response_url"), await request.read()
        is_json = request.content_type == "application/json"
        given: dict[str, Any] = json.loads(body) if is_json else {**request.query, **dict(parse_qsl(body.decode()))}
        answer = self._answer(method, given)
        _tell(method, given, answer)
        return web.json_response(answer)

    def _answer(self, method: str, given: Mapping[str, Any]) -> dict[str, Any]:
        match method:
            case "auth.test":
                return {"ok": True, "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT_ID}
            case "users.info":
                return {"ok": True, "user": {"id": given["user"], "team_id": TEAM, "name": given["user"].lower()}}
            case "chat.postMessage":
                ts = f"{int(time.time())}.{next(self._stamps):06d}"
                return {"ok": True, "channel": given["channel"], "ts": ts, "message": {"ts": ts, "text": given["text"]}}
            case "chat.update":
                return {"ok": True, "channel": given["channel"], "ts": given["ts"], "text": given["text"]}
            case _ if method in WORDS:
                return {"ok": True}
            case _:
                return {"ok": False, "error": "unknown_method"}

    def _shop(self, request: web.Request) -> Shop:
        auth_id = request.match_info["auth_id"]
        return self._shops.setdefault(auth_id, Shop(auth_id))

    async def _inventory(self, request: web.Request) -> web.Response:
        return web.json_response(self._shop(request).inventory(request.query))

    async def _own_numbers(self, request: web.Request) -> web.Response:
        return web.json_response(self._shop(request).own_numbers(request.query))

    async def _balance(self, request: web.Request) -> web.Response:
        return web.json_response(shapes.balance(FUNDS, request.match_info["currency"]))

    async def _transactions(self, request: web.Request) -> web.Response:
        return web.json_response(self._shop(request).transactions(request.query))

    async def _purchase(self, request: web.Request) -> web.Response:
        return web.json_response(self._shop(request).buy((await request.json())["e164"]))


@web.middleware
async def _after_a_while(request: web.Request, handler: Handler) -> web.StreamResponse:
    await asyncio.sleep(ANSWERS_AFTER)
    return await handler(request)


def _tell(method: str, given: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Of a message that stands now all, of words to one person what they are, of other calls that they came."""
    told = {"at": time.monotonic(), "method": method}
    if method == "chat.postMessage":
        told |= {name: given.get(name) for name in ("text", "thread_ts", "blocks")} | {"ts": answer["ts"]}
    elif method in WORDS:
        told["text"] = given["text"]
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(StandIns().app()))
