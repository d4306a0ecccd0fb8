"""The reads: inventory, own numbers, balance, ledger, login; with the faults ordered for them.

Lists can be held back, so that they show the world as it was while purchases go on. So can all answers, for as long
as somebody wants.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar

from aiohttp import web

from bot.sandbox.vobiz import shapes
from bot.sandbox.vobiz.moods import READ_SCRIPTS, ReadMood, Says, Script
from bot.sandbox.vobiz.replies import Replies
from bot.sandbox.vobiz.state import Account, StockNumber, World

_TOTAL_LIE: Final = 7
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCall:
    """One read as it arrived, with its decoded query."""

    route: str
    query: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class ReadOrder:
    """A fault for the next `times` reads, of one route only when `route` is given; `times` None: until it is lifted."""

    mood: ReadMood | Script
    times: int | None
    route: str | None

    @property
    def script(self) -> Script:
        return self.mood if isinstance(self.mood, Script) else READ_SCRIPTS[self.mood]


@dataclass(slots=True, kw_only=True)
class Reads:
    """Answers reads from the world, or from the lists as they were when held."""

    world: World
    replies: Replies
    orders: list[ReadOrder] = field(default_factory=list)
    calls: list[ReadCall] = field(default_factory=list)
    listeners: list[Callable[[ReadCall], None]] = field(default_factory=list)
    held: list[StockNumber] | None = None
    """All numbers as the lists show them while they lag."""
    ledger_lag: timedelta = timedelta(0)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    sub_reads_its_own: bool = False
    """Whether a sub-account may read its own balance and ledger; what its master pays is in neither."""

    async def answer(self, request: web.Request, route: str, account: Account) -> web.StreamResponse:
        call = ReadCall(route=route, query=dict(request.query))
        self.calls.append(call)
        for listener in self.listeners:
            listener(call)
        await self.may_answer.wait()
        order = self._next_order(route)
        if order is not None and order.script.says is not Says.THE_TRUTH:
            return await self.replies.odd(request, order.script)
        mood = order.mood if order is not None else None
        match route:
            case "inventory":
                return self._inventory(request, mood)
            case "own_numbers":
                return self._own_numbers(request, account, mood)
            case "transactions":
                return self._transactions(request, account, mood)
            case "balance":
                return self._balance(account, request.match_info["currency"])
            case _:
                return self._login(account)

    def listed(self, e164: str) -> StockNumber | None:
        """The number as the lists show it now."""
        return self._numbers().numbers.get(e164)

    def _next_order(self, route: str) -> ReadOrder | None:
        order = next((order for order in self.orders if order.route in (None, route)), None)
        if order is None:
            return None
        if order.times is not None:
            order.times -= 1
            if order.times <= 0:
                self.orders.remove(order)
        return order

    def _numbers(self) -> World:
        if self.held is None:
            return self.world
        shown = World(accounts=self.world.accounts)
        shown.stock(self.held)
        return shown

    def _inventory(self, request: web.Request, mood: ReadMood | Script | None) -> web.Response:
        query, edition = request.query, self.replies.edition
        numbers = self._numbers().shown_for_sale()
        if country := query.get("country"):
            numbers = [number for number in numbers if number.country == country]
        if edition is shapes.Edition.NEWEST:
            numbers = _searched(numbers, query.get("search", ""), query.get("exclude", ""))
        return self._page(
            numbers, lambda number: shapes.inventory_item(number, edition), shapes.inventory_position(query), mood
        )

    def _own_numbers(self, request: web.Request, account: Account, mood: ReadMood | Script | None) -> web.Response:
        query, edition = request.query, self.replies.edition
        numbers = self._numbers().owned_by(account.auth_id)
        if edition is shapes.Edition.NEWEST:
            numbers = _searched(numbers, query.get("search", ""), "")
        return self._page(
            numbers, lambda number: shapes.own_item(number, edition), shapes.own_position(query, edition), mood
        )

    def _page(
        self,
        numbers: Sequence[StockNumber],
        shape: Callable[[StockNumber], shapes.JsonObject],
        position: shapes.Position,
        mood: ReadMood | Script | None,
    ) -> web.Response:
        total = len(numbers) + (_TOTAL_LIE if mood is ReadMood.LIES_ABOUT_TOTALS else 0)
        items = [shape(number) for number in _cut(numbers, position, mood)]
        return web.json_response({"items": items, **position.echo, "total": total})

    def _transactions(self, request: web.Request, account: Account, mood: ReadMood | Script | None) -> web.Response:
        edition = self.replies.edition
        if account.master is not None and not self.sub_reads_its_own:
            return self.replies.error(403, "forbidden", "the master account pays")
        shown_until = self.world.clock() - self.ledger_lag
        rows = [
            shapes.transaction(row, edition)
            for row in reversed(self.world.ledger)
            if row.account == account.auth_id and row.at <= shown_until
        ]
        position = shapes.ledger_position(request.query, edition)
        total = len(rows) + (_TOTAL_LIE if mood is ReadMood.LIES_ABOUT_TOTALS else 0)
        return web.json_response(shapes.ledger_page(account.auth_id, _cut(rows, position, mood), total, position))

    def _balance(self, account: Account, currency: str) -> web.Response:
        if account.master is not None and not self.sub_reads_its_own:
            return self.replies.error(403, "forbidden", "the master account pays")
        funds = self.world.funds.get((account.auth_id, currency))
        if funds is None:
            return self.replies.error(404, "not_found", "balance not found")
        return web.json_response(shapes.balance(funds, currency))

    def _login(self, account: Account) -> web.Response:
        return web.json_response({"auth_id": account.auth_id, "auth_secret": account.token, "is_verified": True})


def _searched(numbers: list[StockNumber], search: str, exclude: str) -> list[StockNumber]:
    if not search and not exclude:
        return numbers
    prefixes = tuple(f"+{prefix.strip().removeprefix('+')}" for prefix in exclude.split(",") if prefix.strip())
    return [number for number in numbers if search in number.e164 and not number.e164.startswith(prefixes)]


def _cut(items: Sequence[_Item], position: shapes.Position, mood: ReadMood | Script | None) -> Sequence[_Item]:
    start = 0 if mood is ReadMood.REPEATS_PAGES else position.start
    return items[start : start + position.size]
