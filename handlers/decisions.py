"""The buttons of a card, and the deny form: parsed, stored, answered. What they mean is judged right after."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.clock import Clock
from bot.domain.policy import Decision, Resolution
from bot.domain.request import RequestId
from bot.services.acts import Address, Decide, Resolve
from handlers.payloads import Click, Submission, carrying
from handlers.surfaces import Surfaces
from handlers.views.card import APPROVE, DENY, WITHDRAW
from handlers.views.forms import DENY_FORM, IN_CHANNEL, REASON, deny_form
from handlers.views.wording import reason

_VALUE = re.compile(r"(?P<request>[0-9a-f]{32})\.(?P<digest>[0-9a-f]{32})")


class MalformedValue(ValueError):
    """A button or form carries something that the bot never wrote."""


def register(app: AsyncApp, surfaces: Surfaces) -> None:
    async def decide(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.model_validate(body)
        decision = Decision(click.actions[0].action_id)
        await surfaces.reception.take(_decided(click, decision, click.actions[0].value, surfaces.clock))
        await ack()

    async def answer_deny(ack: AsyncAck, body: dict[str, Any]) -> None:
        """Somebody who certainly may not deny gets words, not a form: one of the two, whatever becomes known since."""
        click = Click.model_validate(body)
        if surfaces.people.cannot_decide(click.user.id):
            await surfaces.reception.take(_decided(click, Decision.DENY, click.actions[0].value, surfaces.clock))
        else:
            surfaces.beside(open_deny_form(click))
        await ack()

    async def open_deny_form(click: Click) -> None:
        """Nothing is decided by opening it."""
        request, digest = read_value(click.actions[0].value)
        to = click.address(surfaces.clock.now())
        form = deny_form(request, digest, await surfaces.forms.number_of(request), to.channel)
        await surfaces.messenger.open_form(click.trigger_id, form, to)

    async def deny(ack: AsyncAck, body: dict[str, Any]) -> None:
        sent = Submission.model_validate(body)
        carried, _, channel = sent.view.private_metadata.partition(IN_CHANNEL)
        request, digest = read_value(carried)
        why = reason(sent.view.state.text(REASON))
        if not why:
            await ack(response_action="errors", errors={REASON: "Say why, so that the requester knows."})
            return
        await surfaces.reception.take(
            Decide(
                team=sent.team_id,
                trigger_id=sent.once,
                by=Address(user=sent.user.id, channel=channel or None, at=surfaces.clock.now()),
                decision=Decision.DENY,
                request=request,
                digest=digest,
                reason=why,
            )
        )
        await ack()

    async def resolve(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.model_validate(body)
        request, _ = read_value(click.actions[0].value)
        await surfaces.reception.take(
            Resolve(
                team=click.team_id,
                trigger_id=click.trigger_id,
                by=click.address(surfaces.clock.now()),
                resolution=Resolution(click.actions[0].action_id),
                request=request,
            )
        )
        await ack()

    app.action(APPROVE, matchers=[carries_a_request])(decide)
    app.action(WITHDRAW, matchers=[carries_a_request])(decide)
    app.action(DENY, matchers=[carries_a_request])(answer_deny)
    for resolution in Resolution:
        app.action(resolution.value, matchers=[carries_a_request])(resolve)
    app.view(DENY_FORM)(deny)


def _decided(click: Click, decision: Decision, value: str, clock: Clock) -> Decide:
    request, digest = read_value(value)
    by = click.address(clock.now())
    return Decide(
        team=click.team_id,
        trigger_id=click.trigger_id,
        by=by,
        decision=decision,
        request=request,
        digest=digest,
        message=(by.channel, click.message.ts) if by.channel and click.message else None,
    )


def read_value(value: str) -> tuple[RequestId, str]:
    """What a button or the deny form carries. Raises `MalformedValue`."""
    found = _VALUE.fullmatch(value)
    if found is None:
        raise MalformedValue("not a request and a digest")
    return RequestId(found["request"]), found["digest"]


carries_a_request = carrying(lambda click: read_value(click.actions[0].value))
"""The matcher of every button about a request."""
