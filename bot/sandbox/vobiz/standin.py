"""The Vobiz stand-in: the provider's API on 127.0.0.1, with its state in memory and faults on order.

What tests and the demo hold in their hands: start it, seed it, order faults, and compare what it received and sold.
`server.py` speaks HTTP; `state.py` is the provider's world.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from bot.sandbox.vobiz.moods import SCRIPTS, Mood, ReadMood, Script
from bot.sandbox.vobiz.purchases import PurchaseCall, Purchases, Waiting
from bot.sandbox.vobiz.reads import ReadCall, ReadOrder, Reads
from bot.sandbox.vobiz.replies import Replies
from bot.sandbox.vobiz.server import AnyCasing, Server
from bot.sandbox.vobiz.shapes import Edition
from bot.sandbox.vobiz.state import SOMEBODY_ELSE, Account, Fee, Funds, LedgerRow, Sale, StockNumber, World

_OPENING_FUNDS = {"INR": 50_000, "USD": 500, "GBP": 500, "EUR": 500, "SGD": 500}


class VobizStandIn:
    """`await start()`, use, `await stop()`. `master` and `sub` are the two logins it knows; the master pays.

    `casing` is the path casing it accepts: by edition unless given. The other one is answered with
    `wrong_casing_status`. `edition`, `casing` and `wrong_casing_status` may be changed while it runs.
    """

    def __init__(
        self,
        *,
        numbers: Iterable[StockNumber] = (),
        edition: Edition = Edition.NEWEST,
        casing: AnyCasing | None = None,
        wrong_casing_status: int = 404,
        port: int = 0,
        drip_pause: float = 1.0,
    ) -> None:
        self.master = Account(auth_id="MA_STANDIN", token=secrets.token_hex(16))
        self.sub = Account(auth_id="SA_STANDIN", token=secrets.token_hex(16), master="MA_STANDIN")
        self.world = World(accounts={account.auth_id: account for account in (self.master, self.sub)})
        self.world.stock(numbers)
        for currency, available in _OPENING_FUNDS.items():
            self.set_balance(currency, available)
        self._replies = Replies(edition=edition, stopping=asyncio.Event(), drip_pause=drip_pause)
        self._purchases = Purchases(world=self.world, replies=self._replies)
        self._reads = Reads(world=self.world, replies=self._replies)
        self.release_reads()
        self._server = Server(
            world=self.world,
            replies=self._replies,
            purchases=self._purchases,
            reads=self._reads,
            casing=casing,
            wrong_casing_status=wrong_casing_status,
        )
        self._port = port

    async def start(self) -> None:
        await self._server.start(self._port)

    async def stop(self) -> None:
        """Ends every answer still held back; calls whose answer never came lose their connection."""
        self._replies.stopping.set()
        self.release_reads()
        await self._purchases.stop()
        await self._server.stop()

    @property
    def base_url(self) -> str:
        """What the client takes as `base_url`; known once started."""
        return self._server.base_url

    @property
    def edition(self) -> Edition:
        return self._replies.edition

    @edition.setter
    def edition(self, edition: Edition) -> None:
        self._replies.edition = edition

    @property
    def casing(self) -> AnyCasing:
        return self._server.accepted_casing

    @casing.setter
    def casing(self, casing: AnyCasing) -> None:
        self._server.casing = casing

    @property
    def wrong_casing_status(self) -> int:
        return self._server.wrong_casing_status

    @wrong_casing_status.setter
    def wrong_casing_status(self, status: int) -> None:
        self._server.wrong_casing_status = status

    @property
    def router_body(self) -> str:
        """What stands in the answer to the wrong casing."""
        return self._server.router_body

    @router_body.setter
    def router_body(self, body: str) -> None:
        self._server.router_body = body

    # What happened

    @property
    def purchase_calls(self) -> Sequence[PurchaseCall]:
        """Every purchase call that arrived, whatever became of it."""
        return self._purchases.calls

    @property
    def read_calls(self) -> Sequence[ReadCall]:
        """Every read that passed login and casing."""
        return self._reads.calls

    @property
    def sales(self) -> Sequence[Sale]:
        return self.world.sales

    @property
    def ledger(self) -> Sequence[LedgerRow]:
        """Oldest first."""
        return self.world.ledger

    @property
    def bytes_sent(self) -> int:
        """Of huge and dripping bodies."""
        return self._replies.bytes_sent

    async def purchase_call(self) -> PurchaseCall:
        """The next purchase call that arrives, or that arrived and was not asked for yet."""
        return await self._purchases.arrivals.get()

    @property
    def waiting(self) -> Sequence[Waiting]:
        """What happens once it is released."""
        return self._purchases.waiting

    def listed(self, e164: str) -> StockNumber | None:
        """The number as inventory and own numbers show it now; they may lag."""
        return self._reads.listed(e164)

    def listen(
        self, *, calls: Callable[[PurchaseCall], None] | None = None, reads: Callable[[ReadCall], None] | None = None
    ) -> None:
        """Calls a listener with each call or read as it arrives, before anything is done with it."""
        self._purchases.listeners += [calls] if calls else []
        self._reads.listeners += [reads] if reads else []

    # Faults on order

    def next_purchase(self, *moods: Mood | Script) -> None:
        """What becomes of the next purchase calls, one each, after those already ordered."""
        self._purchases.queue.extend(SCRIPTS[mood] if isinstance(mood, Mood) else mood for mood in moods)

    def next_purchases_are_normal(self) -> None:
        """Forgets what was ordered for purchase calls that have not come."""
        self._purchases.queue.clear()

    async def release(self) -> None:
        """Lets the sales that wait for it happen; they have, when this returns."""
        await self._purchases.release()

    def next_read(self, mood: ReadMood | Script, *, times: int = 1, route: str | None = None) -> None:
        """A fault for the next reads: of `inventory`, `own_numbers`, `balance`, `transactions`, `login`, or of any."""
        self._reads.orders.append(ReadOrder(mood=mood, times=times, route=route))

    def every_read(self, mood: ReadMood | Script, *, route: str | None = None) -> None:
        """A fault for all reads until `reads_recover`."""
        self._reads.orders.append(ReadOrder(mood=mood, times=None, route=route))

    def reads_recover(self) -> None:
        self._reads.orders.clear()

    def hold_reads(self) -> None:
        """From now on no read is answered before `release_reads`, however long that takes."""
        self._reads.may_answer.clear()

    def release_reads(self) -> None:
        self._reads.may_answer.set()

    def hold_lists(self) -> None:
        """From now on inventory and own numbers show what they show now, whatever is sold; the ledger goes on."""
        self._reads.held = list(self.world.numbers.values())

    def release_lists(self) -> None:
        self._reads.held = None

    def lag_ledger(self, behind: timedelta) -> None:
        """From now on the ledger shows only what is older than that."""
        self._reads.ledger_lag = behind

    def let_sub_account_read_its_own(self, currency: str, available: int) -> None:
        """From now on the sub-account reads its own balance and its own empty ledger; its master goes on paying."""
        self._reads.sub_reads_its_own = True
        self.world.funds[self.sub.auth_id, currency] = Funds(available=Decimal(available))

    # What others do

    def change_terms(
        self,
        e164: str,
        *,
        setup_fee: Fee = None,
        monthly_fee: Fee = None,
        currency: str | None = None,
        minimum_commitment_months: int | None = None,
        identity_check: bool | None = None,
        trial: bool | None = None,
    ) -> None:
        """New terms for a number on sale; what is not given stays."""
        number = self.world.numbers[e164]
        self.world.change(
            replace(
                number,
                setup_fee=number.setup_fee if setup_fee is None else setup_fee,
                monthly_fee=number.monthly_fee if monthly_fee is None else monthly_fee,
                currency=currency or number.currency,
                minimum_commitment_months=(
                    number.minimum_commitment_months if minimum_commitment_months is None else minimum_commitment_months
                ),
                identity_check=number.identity_check if identity_check is None else identity_check,
                trial=number.trial if trial is None else trial,
            )
        )

    def somebody_else_takes(self, e164: str) -> None:
        self.world.hand_over(self.world.numbers[e164], SOMEBODY_ELSE, "somebody_else")

    def our_people_buy_in_the_console(self, e164: str) -> None:
        """Bought and charged to our master account, without any purchase call."""
        self.world.sell(self.world.numbers[e164], self.master, "console")

    def refund(self, row: LedgerRow) -> None:
        """Gives a debit back."""
        self.world.credit(row)

    def set_balance(
        self, currency: str, available: float | str | Decimal, *, is_postpaid: bool = False, soft_limit: bool = False
    ) -> None:
        """The master account's funds in one currency."""
        self.world.funds[self.master.auth_id, currency] = Funds(
            available=Decimal(str(available)), is_postpaid=is_postpaid, soft_limit=soft_limit
        )
