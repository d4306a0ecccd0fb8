"""Decide: approve, deny, withdraw. Who may is `domain/policy.py`; here is the one transaction in which it counts."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain.audit import Event, Facts
from bot.domain.policy import (
    Approvers,
    Decision,
    NotAllowed,
    Person,
    Reason,
    Verdict,
    can_be_decided,
    enough_votes,
    may_ask_to_decide,
)
from bot.domain.request import PurchaseRequest, Status
from bot.services.acts import Decide
from bot.services.budget import over_budget
from bot.services.people import counting, entitled, fresh, who
from bot.services.ports import People
from bot.services.rules import Rules
from bot.services.transitions import await_call, freeze_facts, move, refuse, reply, show, terms_facts
from bot.store import audit, cards, control, requests, votes
from bot.store.store import Store
from bot.work import queue
from bot.work.queue import Claim

NOBODY = frozenset[str]()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """Judges clicks on cards and deny forms, one request's in the order they came."""

    store: Store
    people: People
    clock: Clock
    rules: Rules

    async def judge(self, held: Claim) -> None:
        """Raises `TryLater` while Slack cannot say who clicked."""
        act = Decide.model_validate_json(held.payload)
        entitled = await self._entitled(act)
        await self.store.write(lambda connection: self._decide(connection, held, act, entitled))

    async def _entitled(self, act: Decide) -> Approvers | NotAllowed:
        """The approvers by whom the decision is counted; an empty list for a withdrawal, which needs none."""
        request = await self.store.read(lambda connection: requests.get(connection, act.request))
        if request is None:
            return _unknown(act)

        def before(person: Person) -> Verdict:
            return may_ask_to_decide(act.decision, request, person, self.rules.limits)

        if act.decision is not Decision.WITHDRAW:
            found = await entitled(self.people, act, self.clock, before=before)
            if isinstance(found, NotAllowed) or act.decision is Decision.DENY:
                return found
            voters = await self.store.read(lambda connection: votes.voters(connection, request))
            return await counting(self.people, act, self.clock, found, request.team, voters)
        person = await who(self.people, act, self.clock.now())
        if isinstance(person, NotAllowed):
            return person
        verdict = before(person)
        needs_none = Approvers(users=NOBODY, source="", read_at=person.read_at)
        return verdict if isinstance(verdict, NotAllowed) else needs_none

    def _decide(self, connection: Connection, held: Claim, act: Decide, entitled: Approvers | NotAllowed) -> None:
        """Raises `TryLater` when waiting for the locks made people data too old."""
        queue.finish(connection, held)
        frozen = control.is_frozen(connection)
        request = requests.lock(connection, act.request)
        now = self.clock.now()
        if isinstance(entitled, Approvers):
            entitled = fresh(entitled, act, now)
        if request is not None:
            _learn_where(connection, request, act, now)
        if request is None or isinstance(entitled, NotAllowed):
            refusal = entitled if isinstance(entitled, NotAllowed) else _unknown(act)
            refuse(connection, act, Event.DECISION_REFUSED, refusal, now=now, about=act.request if request else None)
            return
        verdict = _stands(connection, request, act, now, frozen=frozen)
        if isinstance(verdict, NotAllowed):
            refuse(connection, act, Event.DECISION_REFUSED, verdict, now=now, about=request.id)
            return
        match act.decision:
            case Decision.APPROVE:
                self._approve(connection, request, act, entitled, now)
            case Decision.DENY:
                facts = {"reason": act.reason, **entitled.evidence(now)}
                _end(connection, request, request.denied(now), Event.DENIED, act, facts, now)
            case Decision.WITHDRAW:
                _end(connection, request, request.withdrawn(now), Event.WITHDRAWN, act, {}, now)

    def _approve(
        self, connection: Connection, request: PurchaseRequest, act: Decide, approvers: Approvers, now: datetime
    ) -> None:
        """Counts the votes after the request's row is locked, so two voters cannot both count one.

        A repeated vote is none, but it has the votes counted anew: who counts, and how many it takes, may have changed.
        """
        needed = self.rules.limits.votes_needed(request.terms.charge)
        before = votes.voters(connection, request)
        is_repeated = act.user in before
        voters = before if is_repeated else [*before, act.user]
        counted: list[JsonValue] = [voter for voter in voters if voter in approvers.users]
        enough = enough_votes(voters, approvers, needed)
        if is_repeated and not enough:
            twice = NotAllowed(Reason.ALREADY_VOTED, {"terms_version": request.terms_version})
            refuse(connection, act, Event.DECISION_REFUSED, twice, now=now, about=request.id)
            return
        over = over_budget(connection, request, self.rules, now=now, reserves=enough)
        if over is not None:
            refuse(connection, act, Event.DECISION_REFUSED, over, now=now, about=request.id)
            return
        facts: Facts = {
            **terms_facts(request.terms),
            **approvers.evidence(now),
            "terms_version": request.terms_version,
            "needed": needed,
            "voters": counted,
        }
        after, event = (request.approved(now), Event.APPROVED) if enough else (request.voted(), Event.VOTED)
        moved, entry = move(
            connection, request, after, now=now, actor=act.user, event=event, facts=facts, before_expiry=True
        )
        if not is_repeated:
            votes.add(connection, request, act.user, at=now, entry=entry.seq)
        reply(connection, entry, now=now)
        if enough:
            await_call(connection, moved, now=now)


def _unknown(act: Decide) -> NotAllowed:
    return NotAllowed(Reason.NO_SUCH_REQUEST, {"request": act.request})


def _stands(connection: Connection, request: PurchaseRequest, act: Decide, now: datetime, *, frozen: bool) -> Verdict:
    if act.message is not None and cards.standing_at(connection, *act.message) != request.card:
        channel, ts = act.message
        return NotAllowed(Reason.OTHER_CARD, {"request": request.id, "channel": channel, "ts": ts})
    verdict = can_be_decided(act.decision, request, act.digest, now, frozen=frozen)
    if isinstance(verdict, NotAllowed):
        facts = freeze_facts(connection) if verdict.reason is Reason.FROZEN else {}
        return NotAllowed(verdict.reason, {**verdict.evidence, **_who_was_first(connection, request), **facts})
    return verdict


SINCE_THE_APPROVAL = (Status.PURCHASING, Status.CHECKING, Status.PURCHASED, Status.FAILED)
"""States that the bot itself leads into: whoever comes too late asks who let it."""


def _who_was_first(connection: Connection, request: PurchaseRequest) -> Facts:
    last = audit.get(connection, request.entry)
    facts: dict[str, JsonValue] = {"last_event": last.event.value, "last_actor": last.actor}
    approved_by = votes.counted(connection, request) if request.status in SINCE_THE_APPROVAL else []
    if approved_by:
        facts["approved_by"] = [*approved_by]
    return facts


def _learn_where(connection: Connection, request: PurchaseRequest, act: Decide, now: datetime) -> None:
    """A message of ours that we do not know was left by an answer that is lost, or still to come.

    It is the card, if that is not known to stand; otherwise a copy, rewritten with the card from now on.
    """
    if act.message is None:
        return
    channel, ts = act.message
    card = cards.lock(connection, request.card)
    if cards.standing_at(connection, channel, ts) is not None:
        return
    if card.ts is None and card.channel == channel:
        cards.posted(connection, card.id, ts=ts, shown=0, at=now)
    else:
        cards.remember_copy(connection, card.id, copy=secrets.token_hex(16), channel=channel, ts=ts, at=now)
    show(connection, request, now=now)


def _end(
    connection: Connection,
    request: PurchaseRequest,
    after: PurchaseRequest,
    event: Event,
    act: Decide,
    facts: Facts,
    now: datetime,
) -> None:
    _, entry = move(connection, request, after, now=now, actor=act.user, event=event, facts=facts)
    reply(connection, entry, now=now)
