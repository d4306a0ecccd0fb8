"""A bench for services: what people do, done by hand on a `Worker`, and how things stand in the database then."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from pydantic import JsonValue
from sqlalchemy import Connection, select
from sqlalchemy import Row as SqlRow

from bot.domain.attempt import Attempt
from bot.domain.audit import Entry
from bot.domain.basket import digest_of
from bot.domain.numbers import e164
from bot.domain.outcome import Outcome, Unknown
from bot.domain.policy import Decision, Resolution
from bot.domain.refusals import NotAllowed
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.acts import (
    Act,
    Address,
    Answer,
    Ask,
    AskAgain,
    AskForReport,
    AskForStatus,
    AskWhy,
    Decide,
    Freeze,
    RequestChanges,
    Resolve,
    TurnedAway,
    Unpark,
)
from bot.services.judge.resolve import resolve_without_asking
from bot.services.letters import ReplyTo, Words
from bot.services.plans import DueSweep, NextLook, Purchase
from bot.services.unit import Case, Unit
from bot.store import audit, budgets, cards, control, requests, votes
from bot.store.attempts import newest_of
from bot.store.cards import Card
from bot.store.findings import Finding, every
from bot.store.lanes import Lane
from bot.store.tables import attempts as attempts_table
from bot.store.tables import audit_entries
from bot.work import queue
from bot.work.queue import Work
from tests.harness.builders import ASKER, BOSS, CHANNEL, CHIEF, NUMBER, TEAM, a_listing, a_request, an_address
from tests.harness.rows import Row, facts_of, rows_of
from tests.harness.stores import keep
from tests.harness.worker import Worker

_triggers = count(1)
_cards = count(1)


class Workbench(Worker):
    """One team's services, what people do with them, and how things stand then."""

    # what people do

    def trigger(self) -> str:
        return f"trigger-{next(_triggers)}"

    def an_ask(self, *, by: Address | None = None, channel: str = CHANNEL, digest: str | None = None) -> Ask:
        return Ask(
            team=TEAM,
            trigger_id=self.trigger(),
            by=by or an_address(at=self.clock.now()),
            channel=channel,
            e164=e164(NUMBER),
            reason="for the support line",
            digest=digest,
        )

    async def ask(self, *, by: Address | None = None, channel: str = CHANNEL, digest: str | None = None) -> None:
        """Somebody asks for the number, and that is judged."""
        await self.take(self.an_ask(by=by, channel=channel, digest=digest))
        await self.run(Ask)

    async def ask_for_status(self, user: str = ASKER, *, in_home: bool = False) -> None:
        await self._act(AskForStatus, user, in_home=in_home)
        await self.run(AskForStatus)

    async def ask_why(self, user: str = ASKER, number: str = NUMBER) -> None:
        await self._act(AskWhy, user, e164=number)
        await self.run(AskWhy)

    async def ask_for_report(self, user: str = BOSS, month: str | None = None) -> None:
        await self._act(AskForReport, user, month=month)
        await self.run(AskForReport)

    async def _act(self, kind: type[Act], by: str, *, team: str = TEAM, **said: object) -> None:
        """What somebody does now, stored and not judged yet."""
        whose = {"team": team, "trigger_id": self.trigger(), "by": an_address(by, at=self.clock.now())}
        await self.take(kind.model_validate(whose | said))

    async def click(
        self,
        decision: Decision,
        request: PurchaseRequest,
        *,
        by: str,
        reason: str = "",
        message: tuple[str, str] | None = None,
        team: str = TEAM,
    ) -> None:
        """A click on what `request`, or the basket that it is in, shows, stored and not judged yet."""
        about = {"request": request.thread, "digest": request.terms.digest}
        if request.is_in_basket:
            all_of_it = await self.store.read(lambda connection: requests.decided_with(connection, request.id))
            about["digest"] = digest_of(all_of_it)
        await self._act(Decide, by, team=team, decision=decision, reason=reason, message=message, **about)

    async def approve(
        self, request: PurchaseRequest, *, by: str = BOSS, message: tuple[str, str] | None = None
    ) -> None:
        await self.click(Decision.APPROVE, request, by=by, message=message)
        await self.run(Decide)

    async def deny(self, request: PurchaseRequest, *, by: str = BOSS, reason: str = "too dear") -> None:
        await self.click(Decision.DENY, request, by=by, reason=reason)
        await self.run(Decide)

    async def withdraw(self, request: PurchaseRequest, *, by: str = ASKER) -> None:
        await self.click(Decision.WITHDRAW, request, by=by)
        await self.run(Decide)

    async def ask_about(
        self, request: PurchaseRequest, question: str = "Why two?", *, by: str = BOSS, digest: str | None = None
    ) -> None:
        """An approver asks the requester about what `request`, or the basket that it is in, shows."""
        all_of_it = await self.store.read(lambda connection: requests.decided_with(connection, request.id))
        shown = digest or (digest_of(all_of_it) if all_of_it else request.terms.digest)
        await self._act(RequestChanges, by, request=request.thread, digest=shown, question=question)
        await self.run(RequestChanges)

    async def answer(
        self, request: PurchaseRequest, answer: str = "One a desk.", *, by: str = ASKER, question: int | None = None
    ) -> None:
        """The requester answers what was asked last, or with the entry of this number."""
        asked = [entry.seq for entry in await self.trail() if entry.event is Event.CHANGES_REQUESTED]
        about = (asked or [0])[-1] if question is None else question
        await self._act(Answer, by, request=request.thread, question=about, answer=answer)
        await self.run(Answer)

    async def resolve(self, resolution: Resolution, request: PurchaseRequest, *, by: str = BOSS) -> None:
        """Somebody says what became of a purchase, and that is judged after what was due before."""
        await self.run_due(Lane.JUDGE)
        await self._act(Resolve, by, resolution=resolution, request=request.id)
        await self.run(Resolve)

    async def say_without_asking(self, resolution: Resolution, request: PurchaseRequest) -> None:
        """An operator's word alone, as the command keeps it while nothing serves."""
        attempt = await self.attempt(request)
        await self.store.write(
            lambda connection: resolve_without_asking(self.case(connection, request, attempt), resolution)
        )

    async def ask_again(
        self, request: PurchaseRequest, *, by: str = CHIEF, digest: str | None = None, channel: str | None = None
    ) -> None:
        """A click on **Ask again**, or with another `digest` on a number offered instead, judged after what was due."""
        await self.run_due(Lane.JUDGE)
        carried = digest or request.terms.digest
        await self._act(AskAgain, by, request=request.id, digest=carried, channel=channel)
        await self.run(AskAgain)

    async def switch(self, *, freezes: bool = True, by: str = BOSS, channel: str = CHANNEL) -> None:
        """`/buynumber freeze` or `unfreeze`, judged after what was due before."""
        await self.run_due(Lane.JUDGE)
        await self._act(Freeze, by, freezes=freezes, channel=channel)
        await self.run(Freeze)

    async def unpark(self, row: int, *, drops: bool = False, by: str = BOSS) -> None:
        """A click in App Home on **Try again**, or on **Let go**."""
        await self._act(Unpark, by, work=row, drops=drops)
        await self.run(Unpark)

    async def turn_away(self, refusal: NotAllowed, *, by: str = ASKER) -> None:
        """It was refused at the door, and that is judged."""
        await self._act(TurnedAway, by, reason=refusal.reason, evidence=refusal.facts())
        await self.run(TurnedAway)

    async def look(self, times: int = 1) -> None:
        """Time passes until the next look at the provider is due, and that is made."""
        for _ in range(times):
            row = await self.row(NextLook)
            self.clock.advance(row.not_before - self.clock.now())
            await self.run(NextLook)

    def case(self, connection: Connection, request: PurchaseRequest, attempt: Attempt) -> Case:
        return Case(Unit(connection, self.clock.now(), self.rules), request, attempt)

    async def plan_sweep(self) -> None:
        """As a start does: there is one from then on."""
        now = self.clock.now()
        await self.store.write(lambda connection: queue.add_single(connection, DueSweep(), now=now))

    async def sweep(self) -> None:
        """An hour passes, or less until the sweep that is planned, and it is made."""
        row = await self.row(DueSweep)
        self.clock.advance(max(row.not_before - self.clock.now(), timedelta(0)))
        await self.run(DueSweep)

    async def freeze(self, *, frozen: bool = True) -> None:
        at = self.clock.now()
        await self.store.write(
            lambda connection: control.freeze(connection, at=at, by=BOSS) if frozen else control.lift(connection, at=at)
        )

    # how things stand

    async def a_request(
        self, request: PurchaseRequest | None = None, *, ts: str | None = "1.000001"
    ) -> PurchaseRequest:
        """A request that is in the database already, with its card."""
        made = request or a_request(created_at=self.clock.now())
        return await self.store.write(lambda connection: keep(connection, made, ts=ts))

    async def a_basket(self, *fees: str, begins: int = 42, is_told: bool = True) -> list[PurchaseRequest]:
        """A number at each of these fees, all asked for at once; its card stands, unless it is not told."""
        listings = [a_listing(each, number=f"+9180690001{no:02}") for no, each in enumerate(fees, begins)]
        first, *others = [listing.e164 for listing in listings]
        self.provider.listing, *self.provider.on_offer = listings
        await self.take(self.an_ask().model_copy(update={"e164": first, "also": tuple(others)}))
        await self.run(Ask)
        if is_told:
            await self.deliver()
        made = sorted(await self.requests(), key=lambda request: request.id)
        return [request for request in made if request.terms.e164 in (first, *others)]

    async def an_approved_request(self, *, ts: str | None = "1.000001") -> PurchaseRequest:
        """Its purchase is due."""
        request = await self.a_request(ts=ts)
        await self.approve(request)
        return await self.now(request)

    async def a_purchase(
        self, outcome: Outcome | None = None, *, number: str = NUMBER, fees: str = "100+1 INR"
    ) -> PurchaseRequest:
        """A request whose call came to this; bought unless given. What is due is judged before."""
        await self.run_due(Lane.JUDGE)
        made = a_request(fees, number=number, created_at=self.clock.now())
        request = await self.a_request(made, ts=f"{next(_cards)}.000002")
        await self.approve(request)
        before, self.provider.listing = self.provider.listing, a_listing(fees, number=number)
        self.provider.outcomes = [] if outcome is None else [outcome]
        await self.run(Purchase)
        self.provider.listing = before
        return await self.now(request)

    async def a_failure(self, outcome: Unknown, *, number: str = NUMBER) -> PurchaseRequest:
        """A purchase that looks found not bought, 81 seconds after its call ended."""
        request = await self.a_purchase(outcome, number=number)
        await self.look(times=4)
        failed = await self.now(request)
        assert failed.status is Status.FAILED
        return failed

    async def now(self, request: PurchaseRequest) -> PurchaseRequest:
        """The request as it is now."""
        found = await self.store.read(lambda connection: requests.get(connection, request.id))
        assert found is not None
        return found

    async def requests(self) -> list[PurchaseRequest]:
        return await self.store.read(requests.newest)

    async def voters(self, request: PurchaseRequest) -> list[str]:
        """Who voted for its present terms."""
        present = await self.now(request)
        return await self.store.read(lambda connection: votes.voters(connection, present))

    async def trail(self) -> list[Entry]:
        """Every audit entry, oldest first."""
        numbers = select(audit_entries.c.seq).order_by(audit_entries.c.seq)
        return await self.store.read(
            lambda connection: [audit.get(connection, seq) for seq in connection.execute(numbers).scalars()]
        )

    async def last(self, event: Event) -> Entry:
        """The newest entry, which has to tell of this event."""
        entry = (await self.trail())[-1]
        assert entry.event is event
        return entry

    async def rows(self, *kinds: type[Work]) -> list[Row]:
        return await rows_of(self.store, *kinds)

    async def row(self, kind: type[Work]) -> Row:
        (row,) = await self.rows(kind)
        return row

    async def words(self) -> list[Words]:
        """What waits to be told to one person alone."""
        return [Words.model_validate_json(row.payload) for row in await self.rows(Words)]

    async def refusal(self, event: Event) -> tuple[str, Mapping[str, JsonValue]]:
        """The last thing that happened was a refusal: the trail and the words to one person tell the same."""
        entry, words = await self.last(event), (await self.words())[-1]
        facts = facts_of(entry)
        assert facts["reason"] == words.reason
        assert facts["evidence"] == words.evidence
        assert entry.actor == words.to.user
        return words.reason, words.evidence

    async def attempts(self) -> Sequence[SqlRow[Any]]:
        """Every attempt's row, oldest first."""
        query = select(attempts_table).order_by(attempts_table.c.entry)
        return await self.store.read(lambda connection: connection.execute(query).all())

    async def attempt(self, request: PurchaseRequest) -> Attempt:
        """The newest one of a request."""
        found = await self.store.read(lambda connection: newest_of(connection, request.id))
        assert found is not None
        return found

    async def month(self, currency: str = "INR", month: str = "2026-11") -> tuple[str, str]:
        """What a month has reserved and spent."""
        found = await self.store.read(lambda connection: budgets.of_month(connection, month, currency))
        return found.reserved.plain(), found.spent.plain()

    async def told(self) -> list[Event]:
        """What waits to be told in threads."""
        rows = [ReplyTo.model_validate_json(row.payload).entry for row in await self.rows(ReplyTo)]
        return [entry.event for entry in await self.trail() if entry.seq in rows]

    async def findings(self, kind: str) -> list[Finding]:
        """What the last sweep kept for `check`."""
        return [found for found in await self.store.read(every) if found.kind == kind]

    async def cards(self, request: PurchaseRequest) -> list[Card]:
        """Its card, and the copies of it that are known."""
        return await self.store.read(lambda connection: cards.with_copies(connection, request.card))
