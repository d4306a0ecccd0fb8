"""Questions: an approver asks before deciding, and the requester answers.

Both are told, and nothing else changes: neither state nor terms nor time, so votes stay.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from bot.domain import refusals, trail
from bot.domain.policy import (
    Approvers,
    Permission,
    Person,
    can_be_answered_for,
    can_be_asked_about,
    may_answer,
    may_approve,
    tells_most,
)
from bot.domain.refusals import NotAllowed
from bot.domain.request import PurchaseRequest
from bot.services.acts import Answer, RequestChanges
from bot.services.judge.decide import refuse_unknown, told_by_whom
from bot.services.people import PeopleData
from bot.services.transitions import move_together, refuse
from bot.services.unit import Unit, Units
from bot.store import questions, requests
from bot.work.queue import Claim

Known = TypeVar("Known", Approvers, Person)
Verdict = Callable[[Sequence[PurchaseRequest], datetime], Permission]


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """Judges the forms of **Request changes** and **Answer**, about one request or all of a basket."""

    units: Units
    people: PeopleData

    async def judge(self, held: Claim, act: RequestChanges) -> None:
        """Raises `TryLater` while Slack cannot say who asks, and when waiting for the locks made that too old."""
        together = await self.units.read(_about, act)
        if not together:
            await self.units.finish(held, refuse_unknown, act, act.request)
            return
        approvers = await self.people.entitled(act, partial(may_approve, together[0], self.units.rules))
        await self.units.finish(held, self._ask, act, together, approvers)

    async def judge_answer(self, held: Claim, act: Answer) -> None:
        """Raises as `judge`."""
        together = await self.units.read(_about, act)
        if not together:
            await self.units.finish(held, refuse_unknown, act, act.request)
            return
        person = await self.people.allowed(act, partial(may_answer, together[0]))
        await self.units.finish(held, self._answer, act, together, person)

    def _ask(
        self, unit: Unit, act: RequestChanges, read: Sequence[PurchaseRequest], found: Approvers | NotAllowed
    ) -> None:
        opened = self._opened(
            unit, act, read, found, lambda together, now: can_be_asked_about(together, act.digest, now)
        )
        if opened is None:
            return
        unit, together, approvers = opened
        if not act.question:
            refuse(unit, act, refusals.NothingWritten(), together[0].id)
            return
        _tell(unit, act, together, trail.ChangesRequested(question=act.question, approvers=approvers.told(unit.now)))

    def _answer(self, unit: Unit, act: Answer, read: Sequence[PurchaseRequest], found: Person | NotAllowed) -> None:
        opened = self._opened(unit, act, read, found, can_be_answered_for)
        if opened is None:
            return
        unit, together, _ = opened
        asked = questions.asked(unit.connection, together, act.question)
        if asked is None:
            refuse(unit, act, refusals.NoLongerAsked(question=act.question), together[0].id)
        elif not act.answer:
            refuse(unit, act, refusals.NothingWritten(), together[0].id)
        else:
            _tell(unit, act, together, trail.Answered(answer=act.answer, question=asked.question, asked_by=asked.by))

    def _opened(
        self,
        unit: Unit,
        act: RequestChanges | Answer,
        read: Sequence[PurchaseRequest],
        found: Known | NotAllowed,
        verdict_on: Verdict,
    ) -> tuple[Unit, Sequence[PurchaseRequest], Known] | None:
        """The request or the basket, locked, as of after its locks, and who speaks of it; otherwise that was told."""
        together = requests.lock_together(unit.connection, read)
        unit = unit.at(self.units.clock.now())
        if not isinstance(found, NotAllowed):
            found = self.people.fresh(act, found, unit.now)
        if not together:
            refuse_unknown(unit, act, act.request)
            return None
        verdict = found if isinstance(found, NotAllowed) else verdict_on(together, unit.now)
        if isinstance(verdict, refusals.Overtaken):
            verdict = told_by_whom(unit, tells_most(together), verdict)
        if isinstance(verdict, NotAllowed):
            refuse(unit, act, verdict, together[0].id)
        if isinstance(found, NotAllowed) or isinstance(verdict, NotAllowed):
            return None
        return unit, together, found


def _about(unit: Unit, act: RequestChanges | Answer) -> Sequence[PurchaseRequest]:
    return requests.decided_with(unit.connection, act.request)


def _tell(
    unit: Unit,
    act: RequestChanges | Answer,
    together: Sequence[PurchaseRequest],
    told: trail.ChangesRequested | trail.Answered,
) -> None:
    move_together(unit, together, PurchaseRequest.noted, lambda _: told, by=act.user, before_expiry=True)
