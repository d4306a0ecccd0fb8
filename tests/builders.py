"""Shared builders: domain values from one short line, a clock that stands still until it is moved, a real store.

Defaults are one team `T1`, requester `U_ASKER`, approvers `U_BOSS` and `U_CHIEF`, one Indian number for 100 + 1 INR.
"""

import asyncio
import secrets
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.domain.audit import Entry, Event, Facts, canonical
from bot.domain.money import Money
from bot.domain.numbers import Listing, OwnedNumber, e164
from bot.domain.policy import Approvers, Limits, Person
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.domain.shown import MonthSoFar, Shown, ShownAttempt
from bot.domain.terms import Terms
from bot.services.acts import Address
from bot.services.moves import RESERVED
from bot.services.rules import Rules, Times
from bot.store import audit, budgets, cards, requests
from bot.store.database import Served, open_to_serve

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

TEAM = "T1"
ASKER = "U_ASKER"
BOSS = "U_BOSS"
CHIEF = "U_CHIEF"
CHANNEL = "C_TEAM"
ACCOUNT = "MA_STANDIN"

NUMBER = e164("+918069000142")


class FakeClock:
    """A `bot.clock.Clock` that moves only by `advance`, both of its times together."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start
        self._monotonic = 1000.0
        self._alarms: list[tuple[float, asyncio.Future[object]]] = []
        self._changed = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, by: timedelta | float) -> None:
        """Moves both times, `by` seconds or a duration, and wakes whoever waited that long."""
        moved = by if isinstance(by, timedelta) else timedelta(seconds=by)
        self._now += moved
        self._monotonic += moved.total_seconds()
        for due, alarm in self._alarms:
            if due <= self._monotonic and not alarm.done():
                alarm.set_result(None)

    def set_wall(self, now: datetime) -> None:
        """Moves the wall time alone, as a sleeping machine or a corrected clock does."""
        self._now = now

    async def wait(self, event: Awaitable[object], seconds: float) -> None:
        alarm: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        waiting = asyncio.ensure_future(event)
        entry = (self._monotonic + seconds, alarm)
        self._alarms.append(entry)
        self._changed.set()
        try:
            await asyncio.wait([waiting, alarm], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._alarms.remove(entry)
            waiting.cancel()
            alarm.cancel()
            self._changed.set()

    async def until_heard(self) -> None:
        """Returns when everybody whose time has come has gone on."""
        while any(due <= self._monotonic for due, _ in self._alarms):
            self._changed.clear()
            await self._changed.wait()

    async def until_waiting(self, how_many: int, *, seconds: float | None = None) -> None:
        """Returns when so many wait on the clock; with `seconds`, only those who began to wait that long now."""
        while len([due for due, _ in self._alarms if seconds in (None, due - self._monotonic)]) < how_many:
            self._changed.clear()
            await self._changed.wait()


def some_fees(fees: str) -> tuple[Money, Money]:
    """Reads `"100+1 INR"`: setup fee, monthly fee, currency."""
    amounts, currency = fees.split()
    setup, monthly = amounts.split("+")
    return Money(Decimal(setup), currency), Money(Decimal(monthly), currency)


def some_terms(
    fees: str = "100+1 INR",
    *,
    number: str = NUMBER,
    account: str = ACCOUNT,
    months: int = 0,
    identity_check: bool = False,
    trial: bool = False,
    left_out: tuple[str, ...] = (),
) -> Terms:
    setup, monthly = some_fees(fees)
    return Terms(
        e164=e164(number),
        account=account,
        setup_fee=setup,
        monthly_fee=monthly,
        minimum_commitment_months=months,
        identity_check=identity_check,
        trial=trial,
        left_out=left_out,
    )


def a_listing(
    fees: str | None = "100+1 INR",
    *,
    number: str = NUMBER,
    id: str | None = "num_1",
    country: str | None = "IN",
    region: str | None = "Bengaluru",
    capabilities: tuple[str, ...] | None = ("voice",),
    months: int | None = 0,
    identity_check: bool | None = False,
    trial: bool | None = False,
    blocked: bool = False,
) -> Listing:
    """One number of the inventory; with `fees=None` the provider left its prices out."""
    setup, monthly = (None, None) if fees is None else some_fees(fees)
    return Listing(
        e164=e164(number),
        id=id,
        country=country,
        region=region,
        capabilities=capabilities,
        setup_fee=setup,
        monthly_fee=monthly,
        minimum_commitment_months=months,
        identity_check=identity_check,
        trial=trial,
        blocked=blocked,
    )


def an_owned_number(
    fees: str | None = "100+1 INR",
    *,
    number: str = NUMBER,
    id: str | None = "num_1",
    owner: str | None = ACCOUNT,
    status: str | None = "active",
    purchased_at: datetime | None = NOON,
) -> OwnedNumber:
    setup, monthly = (None, None) if fees is None else some_fees(fees)
    return OwnedNumber(
        e164=e164(number),
        id=id,
        owner=owner,
        status=status,
        country="IN",
        region="Bengaluru",
        capabilities=("voice",),
        setup_fee=setup,
        monthly_fee=monthly,
        purchased_at=purchased_at,
    )


def a_request(
    fees: str = "100+1 INR",
    *,
    number: str = NUMBER,
    terms: Terms | None = None,
    status: Status = Status.PENDING,
    id: str | None = None,
    requester: str = ASKER,
    reason: str = "for the support line",
    channel: str = CHANNEL,
    created_at: datetime = NOON,
    expires_after: timedelta = timedelta(hours=72),
    decided_at: datetime | None = None,
    purchased_at: datetime | None = None,
    error: str | None = None,
    terms_changes: int = 0,
    attempts: int = 0,
    card: str | None = None,
    entry: int = 0,
    basket: str | None = None,
) -> PurchaseRequest:
    """A request for one number; id and card are random unless given."""
    return PurchaseRequest(
        id=RequestId(id or secrets.token_hex(16)),
        team=TEAM,
        channel=channel,
        requester=requester,
        reason=reason,
        terms=terms or some_terms(fees, number=number),
        country="IN",
        region="Bengaluru",
        capabilities=("voice",),
        status=status,
        created_at=created_at,
        expires_at=created_at + expires_after,
        decided_at=decided_at,
        purchased_at=purchased_at,
        error=error,
        terms_changes=terms_changes,
        attempts=attempts,
        card=card or secrets.token_hex(16),
        entry=entry,
        basket=basket,
    )


def some_rules(
    *,
    approval_channel: str | None = None,
    self_approval: bool = False,
    second_above: str | None = None,
    auto_up_to: str | None = None,
    budget: str | None = None,
    expires_after: timedelta = timedelta(hours=72),
    remind_after: timedelta | None = timedelta(hours=24),
    zone: str = "UTC",
    call_timeout: timedelta = timedelta(seconds=20),
) -> Rules:
    """The three limits name one currency: `"100 INR"`."""
    second, automatic, most = (
        None if limit is None else {Money.of(limit).currency: Money.of(limit)}
        for limit in (second_above, auto_up_to, budget)
    )
    limits = Limits(self_approval=self_approval, second_above=second, auto_up_to=automatic, budget=most)
    return Rules(
        approvers=(BOSS, CHIEF),
        approval_channel=approval_channel,
        limits=limits,
        times=Times(expires_after=expires_after, remind_after=remind_after),
        zone=ZoneInfo(zone),
        call_timeout=call_timeout,
    )


def a_person(user: str = ASKER, *, team: str = TEAM, why_not: str | None = None) -> Person:
    return Person(team=team, user=user, why_not=why_not)


def some_approvers(*users: str, read_at: datetime = NOON) -> Approvers:
    return Approvers(users=frozenset(users), source=",".join(users), read_at=read_at)


def an_address(
    user: str = ASKER, *, channel: str | None = CHANNEL, at: datetime = NOON, response_url: str | None = None
) -> Address:
    return Address.model_validate({"user": user, "channel": channel, "at": at, "response_url": response_url})


def an_entry(
    event: Event = Event.REQUESTED,
    *,
    seq: int = 1,
    actor: str = ASKER,
    request: PurchaseRequest | None = None,
    facts: Facts | None = None,
) -> Entry:
    """An entry whose hash is shaped right and covers nothing; `bot.domain.audit.entry` makes real ones."""
    return Entry(
        seq=seq,
        at=NOON,
        actor=actor,
        event=event,
        request=None if request is None else request.id,
        data=canonical(facts or {}),
        before="0" * 64,
        hash="ab" * 32,
    )


def a_shown(
    request: PurchaseRequest | None = None,
    *,
    entry: Entry | None = None,
    cause: Entry | None = None,
    voters: tuple[str, ...] = (),
    votes_needed: int = 1,
    attempt: ShownAttempt | None = None,
    month: MonthSoFar | None = None,
) -> Shown:
    """Without `cause` the entry is what brought the request into its state."""
    shown = request or a_request()
    told = entry or an_entry(request=shown)
    return Shown(
        request=shown,
        entry=told,
        cause=cause or told,
        voters=voters,
        votes_needed=votes_needed,
        approvers=(BOSS, CHIEF),
        attempt=attempt,
        month=month,
    )


def an_attempt(
    *,
    number: OwnedNumber | None = None,
    charged: str | None = None,
    asks_people: bool = False,
    is_alerted: bool = False,
    seen: Facts | None = None,
    settles_at: datetime | None = None,
) -> ShownAttempt:
    """The newest purchase attempt as people are told of it; `charged` reads like `"101 INR"`."""
    return ShownAttempt(
        id="aa" * 16,
        code=None,
        message=None,
        provider_request_id="req_9",
        charged=None if charged is None else Money.of(charged),
        number=number,
        asks_people=asks_people,
        is_alerted=is_alerted,
        seen=seen,
        settles_at=settles_at,
    )


def a_month(
    spent: str = "0 INR", *, reserved: str | None = None, budget: str | None = None, month: str = "2026-11"
) -> MonthSoFar:
    """Amounts read like `"100 INR"`; no budget unless given."""
    paid = Money.of(spent)
    return MonthSoFar(
        month=month,
        spent=paid,
        reserved=Money.of(reserved or f"0 {paid.currency}"),
        budget=None if budget is None else Money.of(budget),
    )


@cache
def _empty_database() -> bytes:
    """The file that the first start leaves; made once, since migrating takes longer than most tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        open_to_serve(f"sqlite:///{path}").close()
        return path.read_bytes()


def lay_down_a_database(path: Path) -> None:
    """A database with the present schema and nothing in it."""
    path.write_bytes(_empty_database())


def a_store(tmp_path: Path) -> Served:
    """A real SQLite file, opened as a serving process opens it; to be closed by whoever asked."""
    if not (tmp_path / "buynumber.db").exists():
        lay_down_a_database(tmp_path / "buynumber.db")
    return open_to_serve(f"sqlite:///{tmp_path / 'buynumber.db'}")


def a_store_at(url: str) -> Served:
    """As `a_store`, on a database of either kind."""
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        lay_down_a_database(Path(url.removeprefix("sqlite:///")))
    return open_to_serve(url)


def keep(connection: Connection, request: PurchaseRequest, *, ts: str | None = "1.000001") -> PurchaseRequest:
    """Puts a request into the database with its first audit entry and its card, posted unless `ts` is `None`."""
    entry = audit.append(
        connection,
        at=request.created_at,
        actor=request.requester,
        event=Event.REQUESTED,
        request=request.id,
        facts={"reason": request.reason},
    )
    kept = replace(request, entry=entry.seq, cause=entry.seq)
    cards.add(connection, request.card, request.channel)
    if ts is not None:
        cards.posted(connection, request.card, ts=ts, shown=entry.seq, at=request.created_at)
    requests.add(connection, kept)
    if request.status in RESERVED:
        budgets.reserve(connection, request.id, request.terms.charge, month="2026-11", budget=None)
    return kept
