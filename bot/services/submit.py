"""Submit: somebody asks for a number; it becomes a request with a card, or words to the caller alone."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot.clock import Clock
from bot.domain.audit import Event, Facts
from bot.domain.numbers import Listing
from bot.domain.policy import Allowed, NotAllowed, Reason, may_request
from bot.domain.request import PurchaseRequest, RequestId
from bot.domain.terms import NotForSale, Terms
from bot.services.acts import Ask
from bot.services.letters import CardLetter
from bot.services.moves import refuse, terms_facts
from bot.services.people import who
from bot.services.ports import People, Provider, ProviderUnavailable
from bot.services.rules import Rules
from bot.services.waiting import await_decision
from bot.store import audit, cards, requests, work
from bot.store.store import Store
from bot.store.work import Claim, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Judges what was asked for: a full member, a number on sale with all its prices, free of other requests."""

    store: Store
    provider: Provider
    people: People
    clock: Clock
    rules: Rules

    async def judge(self, held: Claim) -> None:
        """Raises `TryLater` while Slack cannot say who asked."""
        ask = Ask.model_validate_json(held.payload)
        found = await self._consider(ask)
        now = self.clock.now()
        if isinstance(found, NotAllowed):
            await self.store.write(lambda connection: _refuse(connection, held, ask, found, now))
        else:
            await self._keep(lambda connection: self._submit(connection, held, ask, found, now))

    async def _keep(self, submit: Callable[[Connection], None]) -> None:
        """The database refuses the second of two requests for one number; looked at again, the first one shows."""
        try:
            await self.store.write(submit)
        except IntegrityError:
            await self.store.write(submit)

    async def _consider(self, ask: Ask) -> Listing | NotAllowed:
        person = await who(self.people, ask, self.clock.now())
        if isinstance(person, NotAllowed):
            return person
        verdict = may_request(person)
        if isinstance(verdict, NotAllowed):
            return verdict
        try:
            listing, owned = await asyncio.gather(self.provider.find(ask.e164), self.provider.owned(ask.e164))
        except ProviderUnavailable as unavailable:
            return NotAllowed(Reason.PROVIDER_UNREADABLE, {"e164": ask.e164, "why": unavailable.reason})
        if owned is not None:
            return NotAllowed(Reason.ALREADY_OURS, {"e164": ask.e164})
        return listing or NotAllowed(Reason.NOT_IN_INVENTORY, {"e164": ask.e164})

    def _submit(self, connection: Connection, held: Claim, ask: Ask, listing: Listing, now: datetime) -> None:
        try:
            terms = Terms.offered(listing, self.provider.account)
        except NotForSale as reason:
            refusal = NotAllowed(Reason.NOT_FOR_SALE, {"e164": ask.e164, "missing": reason.missing})
            _refuse(connection, held, ask, refusal, now)
            return
        verdict = _is_free(connection, terms, ask)
        if isinstance(verdict, NotAllowed):
            _refuse(connection, held, ask, verdict, now)
            return
        work.finish(connection, held)
        request = self._new(ask, listing, terms, now)
        entry = audit.append(
            connection, at=now, actor=ask.user, event=Event.REQUESTED, request=request.id, facts=_facts(request)
        )
        cards.add(connection, request.card, self.rules.approval_channel or ask.channel)
        requests.add(connection, replace(request, entry=entry.seq))
        letter = CardLetter(requester=ask.by)
        work.add(connection, Kind.CARD, now=now, request=request.id, payload=letter.model_dump_json())
        await_decision(connection, request, self.rules, now=now)

    def _new(self, ask: Ask, listing: Listing, terms: Terms, now: datetime) -> PurchaseRequest:
        return PurchaseRequest(
            id=RequestId(secrets.token_hex(16)),
            card=secrets.token_hex(16),
            team=ask.team,
            channel=ask.channel,
            requester=ask.user,
            reason=ask.reason,
            terms=terms,
            country=listing.country,
            region=listing.region,
            capabilities=listing.capabilities,
            created_at=now,
            expires_at=now + self.rules.expires_after,
        )


def _is_free(connection: Connection, terms: Terms, ask: Ask) -> NotAllowed | Allowed:
    if ask.digest is not None and ask.digest != terms.digest:
        return NotAllowed(Reason.TERMS_CHANGED, {"shown": ask.digest, "present": terms.digest})
    other = requests.open_for(connection, terms.e164)
    if other is not None:
        return NotAllowed(Reason.ALREADY_REQUESTED, {"e164": terms.e164, "request": other.id})
    return Allowed()


def _refuse(connection: Connection, held: Claim, ask: Ask, refusal: NotAllowed, now: datetime) -> None:
    work.finish(connection, held)
    refuse(connection, ask, Event.REQUEST_REFUSED, refusal, now=now)


def _facts(request: PurchaseRequest) -> Facts:
    return {
        **terms_facts(request.terms),
        "reason": request.reason,
        "team": request.team,
        "channel": request.channel,
        "country": request.country,
        "region": request.region,
        "expires_at": request.expires_at.isoformat(),
    }
