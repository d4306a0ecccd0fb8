"""The buttons of a card, and the deny form: parsed, stored, answered. What they mean is judged right after."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.clock import Clock
from bot.domain.policy import Decision, Resolution
from bot.domain.request import RequestId
from bot.services.acts import Address, Decide, Resolve
from handlers.payloads import Click, Submission
from handlers.surfaces import Surfaces
from handlers.views.card import APPROVE, DENY, WITHDRAW
from handlers.views.forms import DENY_FORM, REASON, deny_form
from handlers.views.wording import reason

GETS_FORM = "gets_form"
"""What the answer to a click on Deny leaves for the lazy listener, in Bolt's context."""

_VALUE = re.compile(r"(?P<request>[0-9a-f]{32})\.(?P<digest>[0-9a-f]{32})")


class MalformedValue(ValueError):
    """A button or form carries something that the bot never wrote."""


def register(app: AsyncApp, surfaces: Surfaces) -> None:
    async def decide(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.model_validate(body)
        decision = Decision(click.actions[0].action_id)
        await surfaces.reception.take(_decided(click, decision, click.actions[0].value, surfaces.clock))
        await ack()

    async def answer_deny(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Somebody who certainly may not deny gets words, not a form: one of the two, whatever becomes known since."""
        click = Click.model_validate(body)
        read_value(click.actions[0].value)
        if surfaces.people.cannot_decide(click.user.id):
            await surfaces.reception.take(_decided(click, Decision.DENY, click.actions[0].value, surfaces.clock))
        else:
            context[GETS_FORM] = True
        await ack()

    async def open_deny_form(body: dict[str, Any], context: AsyncBoltContext) -> None:
        """A form's trigger lives three seconds, so it opens beside the answer; nothing is decided by opening it."""
        click = Click.model_validate(body)
        if context.get(GETS_FORM):
            request, digest = read_value(click.actions[0].value)
            form = deny_form(request, digest, await surfaces.reading.number_of(request))
            await surfaces.messenger.open_form(click.trigger_id, form, click.address(surfaces.clock.now()))

    async def deny(ack: AsyncAck, body: dict[str, Any]) -> None:
        sent = Submission.model_validate(body)
        why = reason(sent.view.state.text(REASON))
        if not why:
            await ack(response_action="errors", errors={REASON: "Say why, so that the requester knows."})
            return
        request, digest = read_value(sent.view.private_metadata)
        await surfaces.reception.take(
            Decide(
                team=sent.team_id,
                trigger_id=sent.trigger_id,
                by=Address(user=sent.user.id, at=surfaces.clock.now()),
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

    for resolution in Resolution:
        app.action(resolution.value)(resolve)
    app.action(APPROVE)(decide)
    app.action(WITHDRAW)(decide)
    app.action(DENY)(ack=answer_deny, lazy=[open_deny_form])
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
