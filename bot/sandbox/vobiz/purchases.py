"""The purchase call: the documented steps, bent by the script that was ordered for it.

Every call that reaches the purchase path is recorded, also those that are refused before anything is looked at.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from aiohttp import web

from bot.sandbox.vobiz import shapes
from bot.sandbox.vobiz.moods import SCRIPTS, Mood, Says, Script, Sells
from bot.sandbox.vobiz.replies import Replies
from bot.sandbox.vobiz.state import SOMEBODY_ELSE, Account, InsufficientBalance, StockNumber, World

_BALANCE_STATUS = {shapes.Edition.NEWEST: 402, shapes.Edition.OLDER: 400}


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseCall:
    """One purchase call as it arrived. `e164` and `currency` are `None` where the body did not say."""

    auth_id: str
    casing: str
    e164: str | None
    currency: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A sale, or its number's becoming active, that happens when it is released."""

    e164: str
    holds_answer: bool
    """The answer to the call waits for it too."""


@dataclass(slots=True, kw_only=True)
class Purchases:
    """Plays one script a call, in the order they were queued, and then the normal one."""

    world: World
    replies: Replies
    queue: deque[Script] = field(default_factory=deque)
    calls: list[PurchaseCall] = field(default_factory=list)
    arrivals: asyncio.Queue[PurchaseCall] = field(default_factory=asyncio.Queue)
    listeners: list[Callable[[PurchaseCall], None]] = field(default_factory=list)
    _released: asyncio.Event = field(default_factory=asyncio.Event)
    _later: dict[asyncio.Task[StockNumber], Waiting] = field(default_factory=dict)

    @property
    def waiting(self) -> Sequence[Waiting]:
        return list(self._later.values())

    def record(self, call: PurchaseCall) -> None:
        self.calls.append(call)
        self.arrivals.put_nowait(call)
        for listener in self.listeners:
            listener(call)

    async def release(self) -> None:
        """What waits for a release now goes on; later orders wait for the next one.

        What the account cannot pay any more is not sold.
        """
        released, self._released = self._released, asyncio.Event()
        released.set()
        for outcome in await asyncio.gather(*self._later, return_exceptions=True):
            if isinstance(outcome, BaseException) and not isinstance(outcome, InsufficientBalance):
                raise outcome

    async def answer(self, request: web.Request, account: Account, call: PurchaseCall) -> web.StreamResponse:
        script = self.queue.popleft() if self.queue else SCRIPTS[Mood.NORMAL]
        if script.sells is Sells.NOT and script.says in (Says.BODY, Says.NOTHING, Says.SILENCE, Says.HUGE, Says.DRIP):
            return await self.replies.odd(request, script)
        if call.e164 is None or not call.e164.startswith("+"):
            return self.replies.error(400, "bad_request", "e164 must be a number in E.164 form")
        number = self.world.for_sale(call.e164)
        if script.says is Says.ERROR and script.sells is Sells.NOT:
            return self._refuse(script, number, account)
        if number is None:
            return self.replies.error(404, "not_found", "number not found in inventory")
        if call.currency not in (None, number.currency):
            return self.replies.error(400, "currency_mismatch", "the number is sold in another currency")
        return await self._play(request, script, number, account)

    async def stop(self) -> None:
        """Ends what waits for a release without letting it happen."""
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)

    async def _play(
        self, request: web.Request, script: Script, number: StockNumber, account: Account
    ) -> web.StreamResponse:
        try:
            sold = await self._sell(script, number, account)
        except InsufficientBalance as short:
            return self._too_low(_BALANCE_STATUS[self.replies.edition], "insufficient balance", short)
        match script.says:
            case Says.THE_TRUTH:
                return self._receipt(sold)
            case Says.OTHER_NUMBER:
                return self._receipt(replace(sold, e164=_another(number.e164), owner=account.payer))
            case Says.NO_OWNER:
                return self._receipt(replace(sold, owner=""))
            case Says.PENDING:
                pending = replace(sold, status="pending_purchase")
                self.world.change(pending)
                self._spawn(self._activate_when(self._released, pending), Waiting(e164=number.e164, holds_answer=False))
                return self._receipt(pending)
            case _:
                return await self.replies.odd(request, script)

    async def _sell(self, script: Script, number: StockNumber, account: Account) -> StockNumber:
        """What the call does to the world before it is answered."""
        holds_answer = script.sells is Sells.BEFORE_A_LATE_ANSWER
        match script.sells:
            case Sells.NOW:
                return self.world.sell(number, account)
            case Sells.BEFORE_A_LATE_ANSWER | Sells.AFTER_THE_ANSWER:
                waiting = Waiting(e164=number.e164, holds_answer=holds_answer)
                later = self._spawn(self._sell_when(self._released, number, account), waiting)
                return await later if holds_answer else number
            case Sells.DEBIT_ONLY:
                self.world.debit(number, account)
            case Sells.DEBIT_ONLY_AND_GONE:
                self.world.debit(number, account)
                self.world.hand_over(number, SOMEBODY_ELSE, "somebody_else")
            case Sells.NOT:
                pass
        return number

    async def _sell_when(self, released: asyncio.Event, number: StockNumber, account: Account) -> StockNumber:
        await released.wait()
        return self.world.sell(number, account)

    async def _activate_when(self, released: asyncio.Event, pending: StockNumber) -> StockNumber:
        await released.wait()
        active = replace(pending, status="active")
        self.world.change(active)
        return active

    def _spawn(self, work: Coroutine[None, None, StockNumber], waiting: Waiting) -> asyncio.Task[StockNumber]:
        task = asyncio.create_task(work)
        self._later[task] = waiting
        task.add_done_callback(self._later.pop)
        return task

    def _refuse(self, script: Script, number: StockNumber | None, account: Account) -> web.Response:
        if not script.states_balance or number is None:
            return self.replies.error(script.status, script.code, script.message, headers=script.headers)
        currency = number.currency or "USD"
        funds = self.world.funds.get((account.payer, currency))
        available = min(funds.available, number.charge / 2) if funds is not None else number.charge / 2
        return self._too_low(script.status, script.message, InsufficientBalance(number.charge, available, currency))

    def _too_low(self, status: int, message: str, short: InsufficientBalance) -> web.Response:
        return self.replies.error(status, "INSUFFICIENT_BALANCE", message, details=shapes.balance_details(short))

    def _receipt(self, number: StockNumber) -> web.Response:
        return web.json_response(shapes.receipt(number, self.replies.edition))


def _another(e164: str) -> str:
    """A number that differs in its last digit."""
    return e164[:-1] + str((int(e164[-1]) + 1) % 10)
