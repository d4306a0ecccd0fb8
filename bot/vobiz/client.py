"""The purchase client: what the services ask of the provider, over its REST API.

Puts together the wire, the reads and the judgement of a purchase. Knows nothing of requests, approvals or attempts:
whether to buy is decided elsewhere, how it ended is said here.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import structlog
from pydantic import SecretStr

from bot.domain.account import has_a_master
from bot.domain.ledger import LedgerEntry
from bot.domain.numbers import E164, Listing, OwnedNumber
from bot.domain.outcome import Outcome, Refusal, Refused
from bot.redaction import Redactor
from bot.services.ports import Balance, InventoryPage, OwnNumbers, ProviderUnavailable
from bot.vobiz.answer import JsonObject
from bot.vobiz.inventory import Inventory
from bot.vobiz.ledger import ledger_entry
from bot.vobiz.models import BalanceBody, as_written, own_item
from bot.vobiz.outcomes import Odd, judge, judge_failure, judge_odd
from bot.vobiz.paging import MOST_IN_A_PAGE, FetchPage, Walk
from bot.vobiz.reads import Reads, content
from bot.vobiz.routes import Casing, Route, path
from bot.vobiz.wire import CallFailed, Deadline, Wire
from bot.watch import Watch

_LONGEST_READ: Final = 8.0
"""Seconds: a person who asked hears within ten that the provider cannot be read."""
_LONGEST_WALK: Final = 600.0
"""Seconds for all pages of a long list. A ledger of 100,000 rows a week, at 5 s a page, can be read in it."""
_SILENT_AFTER: Final = 3.0
"""Seconds without an answer after which it is the provider that keeps people waiting."""
_MOST_PAGES: Final = 500
_MOST_PAGES_OF_A_LEDGER: Final = 5_000
"""Of a thousand rows each, or fifty: a list without end fills the memory no further."""
_SEARCHED_BY: Final = 4
"""A number's last digits stand together however the list writes it: +91 80 6900 0142, 91 80-69000142."""
_UNREADABLE_BALANCE: Final = (401, 403, 404)
_UNREADABLE_LEDGER: Final = ("denied", "http_404")

_log = structlog.stdlib.get_logger(__name__)


class Vobiz:
    """The provider, for one account. Satisfies `bot.services.ports.Provider`.

    `base_url` is the API's root (`https://api.vobiz.ai/api`); `timeout` the longest wait for one answer and
    `read_budget` the longest for one read with its repetitions and pages; `walk_budget` for a whole list that nobody
    waits for, each page of it within `timeout`; after `silent_after` without an answer it `is_silent`; all in seconds.
    `redact` knows what answers may not repeat, without one the token alone. Raises `ValueError` for a base URL or
    credentials that no request could carry. Made in a running event loop; call `aclose` at the end.
    """

    def __init__(
        self,
        *,
        base_url: str,
        auth_id: str,
        auth_token: SecretStr,
        timeout: float = 20.0,
        read_budget: float | None = None,
        walk_budget: float = _LONGEST_WALK,
        silent_after: float = _SILENT_AFTER,
        redact: Redactor | None = None,
        watch: Watch | None = None,
    ) -> None:
        _check(base_url, auth_id, auth_token)
        self._auth_id = auth_id
        self._timeout = timeout
        self._read_budget = min(timeout, _LONGEST_READ) if read_budget is None else read_budget
        self._walk_budget = walk_budget
        self._wire = Wire(base_url, auth_id, auth_token, redact or Redactor([auth_token]), watch)
        self._reads = Reads(self._wire, auth_id, silent_after=silent_after)
        self._inventory = Inventory(self._reads)
        self._purchase_missed_in: Casing | None = None

    @property
    def account(self) -> str:
        return self._auth_id

    @property
    def is_silent(self) -> bool:
        return self._reads.is_silent

    @property
    def date(self) -> str | None:
        return self._wire.date

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def learn_casing(self) -> None:
        """Learns at start which path casing works, by a harmless read. Raises `ProviderUnavailable`."""
        async with self._turn() as deadline:
            await self._reads.learn_casing(self._reads.casing, deadline)

    async def find(self, number: E164, *, within: float | None = None) -> Listing | None:
        async with self._turn(within) as deadline:
            return await self._inventory.find(number, deadline)

    async def browse(self, *, country: str | None, digits: str = "", page: int = 1) -> InventoryPage:
        async with self._turn() as deadline:
            return await self._inventory.browse(country, digits, page, deadline)

    async def owned(self, number: E164, *, within: float | None = None) -> OwnedNumber | None:
        async with self._turn(within) as deadline:
            return await self._owned(number, deadline)

    async def _owned(self, number: E164, deadline: Deadline) -> OwnedNumber | None:
        walk = Walk(
            lambda position: self._reads.read(Route.OWN_NUMBERS, position, deadline),
            items="items",
            filters={"search": number[-_SEARCHED_BY:]},
            max_pages=_MOST_PAGES,
        )
        second_best: OwnedNumber | None = None
        unreadable: list[str] = []
        async for entry in walk.entries():
            item = own_item(entry)
            if item is None:
                unreadable.append(as_written(entry))
            elif item.e164 == number:
                found = item.owned()
                if found.is_usable and found.may_be_of(self._auth_id):
                    return found
                if not found.is_released:
                    second_best = second_best or found
        is_ours = second_best is not None and second_best.may_be_of(self._auth_id)
        if unreadable:
            _log.warning("own numbers that cannot be read", count=len(unreadable), first=unreadable[0])
        if not is_ours and (unreadable or not walk.is_complete):
            raise ProviderUnavailable("unreadable" if unreadable else "incomplete")
        return second_best

    async def own_numbers(self) -> OwnNumbers:
        """All our own numbers, sub-accounts' included. Raises `ProviderUnavailable` unless all of them were seen."""
        walk = Walk(self._paged(Route.OWN_NUMBERS), items="items", filters={}, max_pages=_MOST_PAGES)
        numbers: list[OwnedNumber] = []
        unreadable: list[str] = []
        async for entry in walk.entries():
            item = own_item(entry)
            if item is None:
                unreadable.append(as_written(entry))
            else:
                numbers.append(item.owned())
        if not walk.is_complete:
            raise ProviderUnavailable("incomplete")
        if unreadable:
            _log.warning("own numbers that cannot be read", count=len(unreadable), first=unreadable[0])
        return OwnNumbers(numbers=numbers, unreadable=tuple(unreadable))

    async def transactions(self, since: datetime) -> list[LedgerEntry] | None:
        """The ledger's entries from `since` (aware) on that may matter, newest first, those without a time included.

        `None` for a sub-account that may not read its ledger: it stands with the master account. Reads until a whole
        page is older. Raises `ProviderUnavailable` when neither that nor the list's end was reached in ten minutes.
        """
        try:
            entries = await self._entries(since)
        except ProviderUnavailable as refused:
            if has_a_master(self._auth_id) and refused.reason in _UNREADABLE_LEDGER:
                return None
            raise
        if spoilt := [entry.id for entry in entries if not entry.is_whole]:
            _log.warning("ledger rows that cannot be read whole", count=len(spoilt), first=spoilt[0])
        return entries

    async def _entries(self, since: datetime) -> list[LedgerEntry]:
        """A row without a time is at most as new as the row before it."""
        walk = Walk(
            self._paged(Route.TRANSACTIONS),
            items="transactions",
            filters={},
            max_pages=_MOST_PAGES_OF_A_LEDGER,
            per_page=MOST_IN_A_PAGE,
        )
        entries: list[LedgerEntry] = []
        latest: datetime | None = None
        async for page in walk.pages():
            times = []
            for row in map(ledger_entry, page):
                latest = row.at or latest
                times += [] if row.at is None else [row.at]
                if (latest is None or latest >= since) and row.may_matter:
                    entries.append(row)
            if times and max(times) < since:
                return list(dict.fromkeys(entries))
        if not walk.saw_the_end:
            raise ProviderUnavailable("incomplete")
        return list(dict.fromkeys(entries))

    async def balance(self, currency: str) -> Balance | None:
        if has_a_master(self._auth_id):
            return None
        async with self._turn() as deadline:
            answer = await self._reads.ask(Route.BALANCE, {}, deadline, currency=currency)
        if answer.status in _UNREADABLE_BALANCE:
            return None
        return _balance(content(answer), currency)

    async def purchase(self, number: E164, currency: str, *, timeout: float, may_leave: Callable[[], bool]) -> Outcome:
        """Makes the purchase call once, and after an odd 401 or 404 the reads that tell what it meant.

        All of it ends within `timeout` seconds. `may_leave` is asked right before the first byte leaves; when it says
        no, the outcome is `Refused(NOT_EXECUTED)` with the code `dropped`.
        """
        deadline = Deadline(timeout)
        used = self._purchase_casing
        target = path(Route.PURCHASE, used, self._auth_id)
        body = {"e164": number, "currency": currency}
        try:
            answer = await self._wire.post(Route.PURCHASE, target, body, deadline, may_leave)
        except CallFailed as failure:
            return judge_failure(failure)
        verdict = judge(answer, number=number, currency=currency, account=self._auth_id)
        return await self._settle(verdict, used, deadline) if isinstance(verdict, Odd) else verdict

    @property
    def _purchase_casing(self) -> Casing:
        """What reads work with, unless a purchase met only a router there: then the other one."""
        missed = self._purchase_missed_in
        return self._reads.casing if missed is None else missed.other

    async def _settle(self, odd: Odd, used: Casing, deadline: Deadline) -> Outcome:
        works, is_denied = None, False
        try:
            works = await self._reads.learn_casing(used, deadline)
        except ProviderUnavailable as failure:
            is_denied = failure.reason == "denied"
        outcome = judge_odd(odd, used=used, works=works, is_denied=is_denied)
        if isinstance(outcome, Refused) and outcome.why is Refusal.NOT_EXECUTED:
            self._purchase_missed_in = used
        return outcome

    def _turn(self, within: float | None = None) -> AbstractAsyncContextManager[Deadline]:
        return self._reads.turn(self._read_budget if within is None else min(within, self._read_budget))

    def _paged(self, route: Route) -> FetchPage:
        """Pages with a deadline each and one together, for walks nobody waits for."""
        together = Deadline(self._walk_budget)

        async def fetch(position: Mapping[str, str]) -> JsonObject:
            if not together.remaining:
                raise ProviderUnavailable("incomplete")
            async with self._reads.turn(min(self._timeout, together.remaining)) as deadline:
                return await self._reads.read(route, position, deadline)

        return fetch


def _balance(body: JsonObject, currency: str) -> Balance:
    stated = BalanceBody.model_validate(body)
    if stated.available_balance is None or (stated.currency or currency).upper() != currency:
        raise ProviderUnavailable("unreadable")
    return Balance(currency=currency, available=stated.available_balance, may_overdraw=stated.may_overdraw)


def _check(base_url: str, auth_id: str, auth_token: SecretStr) -> None:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("the base URL is an absolute http or https URL")
    for name, value in (("auth id", auth_id), ("auth token", auth_token.get_secret_value())):
        if not value or not value.isascii() or not value.isprintable() or value != value.strip():
            raise ValueError(f"the {name} is printable ASCII without spaces around it")
