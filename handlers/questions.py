"""**Request changes** on a card, **Answer** in its thread, and the form of each: parsed, stored, answered.

Whoever certainly may not use a button gets words instead of its form, so that nobody writes for nothing.
"""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.request import RequestId
from bot.services.acts import Address, Answer, RequestChanges
from handlers.decisions import MalformedValue, carries_a_request, read_value
from handlers.payloads import Click, Interaction, Submission, carrying
from handlers.surfaces import Surfaces
from handlers.views.forms import ANSWER_FORM, IN_CHANNEL, QUESTION_FORM, REASON, answer_form, question_form
from handlers.views.questions import ANSWER, REQUEST_CHANGES
from handlers.views.wording import reason

_VALUE = re.compile(r"(?P<request>[0-9a-f]{32})\.(?P<question>[0-9]{1,18})")


def register(app: AsyncApp, surfaces: Surfaces) -> None:
    async def request_changes(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.model_validate(body)
        value, by = click.actions[0].value, click.address(surfaces.clock.now())
        if await may_not_ask(value, by.user):
            await surfaces.reception.take(_asked(click, click.trigger_id, by, value))
        else:
            surfaces.beside(open_question_form(click.trigger_id, value, by))
        await ack()

    async def may_not_ask(value: str, user: str) -> bool:
        is_own = user == await surfaces.forms.requester_of(read_value(value)[0])
        return (is_own and not surfaces.rules.allow_self_approval) or surfaces.people.cannot_decide(user)

    async def open_question_form(trigger: str, value: str, by: Address) -> None:
        number = await surfaces.forms.number_of(read_value(value)[0])
        await surfaces.messenger.open_form(trigger, question_form(value, number, by.channel), by)

    async def answer(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.model_validate(body)
        value, by = click.actions[0].value, click.address(surfaces.clock.now())
        if await may_not_answer(value, by.user):
            await surfaces.reception.take(_answered(click, click.trigger_id, by, value))
        else:
            surfaces.beside(open_answer_form(click.trigger_id, value, by))
        await ack()

    async def may_not_answer(value: str, user: str) -> bool:
        """Ids of two kinds may be one person's, on Enterprise Grid."""
        requester = await surfaces.forms.requester_of(_read(value)[0])
        return requester is not None and user != requester and user[0] == requester[0]

    async def open_answer_form(trigger: str, value: str, by: Address) -> None:
        asked = await surfaces.forms.question_of(*_read(value))
        await surfaces.messenger.open_form(trigger, answer_form(value, asked, by.channel), by)

    async def take_question(ack: AsyncAck, body: dict[str, Any]) -> None:
        sent = Submission.model_validate(body)
        value, by, question = _sent(sent, surfaces)
        if not question:
            await ack(response_action="errors", errors={REASON: "Say what the requester is to answer."})
            return
        await surfaces.reception.take(_asked(sent, sent.once, by, value, question))
        await ack()

    async def take_answer(ack: AsyncAck, body: dict[str, Any]) -> None:
        sent = Submission.model_validate(body)
        value, by, answer = _sent(sent, surfaces)
        if not answer:
            await ack(response_action="errors", errors={REASON: "Say what whoever asked is to know."})
            return
        await surfaces.reception.take(_answered(sent, sent.once, by, value, answer))
        await ack()

    app.action(REQUEST_CHANGES, matchers=[carries_a_request])(request_changes)
    app.action(ANSWER, matchers=[carrying(lambda click: _read(click.actions[0].value))])(answer)
    app.view(QUESTION_FORM)(take_question)
    app.view(ANSWER_FORM)(take_answer)


def _sent(sent: Submission, surfaces: Surfaces) -> tuple[str, Address, str]:
    """What the form carries, who sent it, and what they wrote: maybe nothing that can be read."""
    value, _, channel = sent.view.private_metadata.partition(IN_CHANNEL)
    by = Address(user=sent.user.id, channel=channel or None, at=surfaces.clock.now())
    return value, by, reason(sent.view.state.text(REASON))


def _asked(sent: Interaction, once: str, by: Address, value: str, question: str = "") -> RequestChanges:
    request, digest = read_value(value)
    return RequestChanges(team=sent.team_id, trigger_id=once, by=by, request=request, digest=digest, question=question)


def _answered(sent: Interaction, once: str, by: Address, value: str, answer: str = "") -> Answer:
    request, question = _read(value)
    return Answer(team=sent.team_id, trigger_id=once, by=by, request=request, question=question, answer=answer)


def _read(value: str) -> tuple[RequestId, int]:
    """A request, or a basket, and the entry of a question about it. Raises `MalformedValue`."""
    found = _VALUE.fullmatch(value)
    if found is None:
        raise MalformedValue("not a request and a question")
    return RequestId(found["request"]), int(found["question"])
