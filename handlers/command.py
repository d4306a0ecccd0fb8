"""`/buynumber`: what was typed is read, stored if it needs judging, and answered to the caller alone."""

import re
from typing import Annotated, Any, assert_never

from pydantic import AfterValidator, BaseModel, ConfigDict
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.numbers import E164, e164
from bot.domain.places import may_ask_in
from bot.domain.refusals import NotAllowed
from bot.services.acts import Ask, AskForReport, AskForStatus, AskWhy, Freeze
from handlers.grammar import (
    Command,
    Help,
    NotUnderstood,
    OpenPicker,
    Report,
    RequestNumber,
    ShowStatus,
    Switch,
    WhichNumber,
    Why,
    read,
)
from handlers.payloads import Channel, Click, SlashCommand
from handlers.surfaces import Surfaces
from handlers.views.answers import CHOOSE, help_text, which_number
from handlers.views.forms import PickerState, picker
from handlers.views.message import Message
from handlers.views.wording import reason

COMMAND = "/buynumber"

FORMS = (
    ("/buynumber", "pick a number from the inventory"),
    ("/buynumber +91 98765 43210 for the support line", "request that number"),
    ("/buynumber IN", "pick among India's numbers"),
    ("/buynumber IN 80", "pick among India's numbers that contain 80"),
    ("/buynumber status", "your requests, and for approvers what waits for a decision"),
    ("/buynumber why +91 98765 43210", "who asked for that number, who approved it, what it costs"),
    ("/buynumber report", "for approvers: the month in figures, or that of report 2026-11"),
    ("/buynumber freeze", "for approvers: nothing is approved or bought until it is lifted"),
    ("/buynumber unfreeze", "for approvers: lifts the freeze"),
    ("/buynumber help", "this"),
)
"""What help shows, with what it is for."""


class Chosen(BaseModel):
    """What a button of `which_number` carries."""

    model_config = ConfigDict(frozen=True)

    e164: Annotated[E164, AfterValidator(e164)]
    reason: str = ""


def register(app: AsyncApp, surfaces: Surfaces) -> None:
    async def answer(ack: AsyncAck, body: dict[str, Any]) -> None:
        typed = SlashCommand.model_validate(body)
        command = read(typed.text, default_country=surfaces.default_country)
        place = may_ask_in(typed.channel_id, surfaces.rules)
        words = _at_once(command)
        if isinstance(command, WhichNumber | OpenPicker) and isinstance(place, NotAllowed):
            await surfaces.turn_away(typed, place, once=typed.trigger_id)
        elif words is not None:
            await ack(text=words.text, blocks=words.blocks, response_type="ephemeral")
            return
        elif isinstance(command, OpenPicker):
            surfaces.beside(_open_picker(surfaces, typed, command))
        else:
            await _store(typed, command)
        await ack()

    async def choose(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.model_validate(body)
        chosen, place = _chosen(click)
        ask = Ask(
            team=click.team_id,
            trigger_id=click.trigger_id,
            by=click.address(surfaces.clock.now()),
            channel=place.id,
            e164=chosen.e164,
            reason=reason(chosen.reason),
            is_private=place.is_private,
        )
        await surfaces.reception.take(ask)
        await ack()

    async def _store(typed: SlashCommand, command: Command) -> None:
        by = typed.address(surfaces.clock.now())
        match command:
            case Switch(freezes):
                freeze = Freeze(
                    team=typed.team_id, trigger_id=typed.trigger_id, by=by, freezes=freezes, channel=typed.channel_id
                )
                await surfaces.reception.take(freeze)
            case RequestNumber(number, why):
                ask = Ask(
                    team=typed.team_id,
                    trigger_id=typed.trigger_id,
                    by=by,
                    channel=typed.channel_id,
                    e164=number,
                    reason=why,
                    is_private=typed.is_private,
                )
                await surfaces.reception.take(ask)
            case Why(number):
                await surfaces.reception.take(
                    AskWhy(team=typed.team_id, trigger_id=typed.trigger_id, by=by, e164=number)
                )
            case Report(month):
                wanted = AskForReport(team=typed.team_id, trigger_id=typed.trigger_id, by=by, month=month)
                await surfaces.reception.take(wanted)
            case ShowStatus():
                await surfaces.reception.take(AskForStatus(team=typed.team_id, trigger_id=typed.trigger_id, by=by))
            case NotUnderstood() | Help() | WhichNumber() | OpenPicker():
                return
            case _:
                assert_never(command)

    app.command(COMMAND)(answer)
    app.action(re.compile(rf"\A{CHOOSE}_[12]\Z"), matchers=[_was_offered])(choose)


async def _open_picker(surfaces: Surfaces, typed: SlashCommand, command: OpenPicker) -> None:
    """Nothing is stored by opening it."""
    verdict = await surfaces.may_look(typed)
    if isinstance(verdict, NotAllowed):
        await surfaces.turn_away(typed, verdict, once=typed.trigger_id)
        return
    country = command.country or surfaces.default_country
    state = PickerState(channel=typed.channel_id, is_private=typed.is_private, country=country, digits=command.digits)
    await surfaces.messenger.open_form(typed.trigger_id, picker(state), typed.address(surfaces.clock.now()))


async def _was_offered(body: dict[str, Any]) -> bool:
    """Is it a choice as the bot offers them? Anything else is a button that nobody knows: `unknown.py`."""
    try:
        _chosen(Click.model_validate(body))
    except ValueError:
        return False
    return True


def _chosen(click: Click) -> tuple[Chosen, Channel]:
    """Raises `ValueError` for what the bot never offers: the question stands in channels alone."""
    if click.channel is None:
        raise ValueError("clicked outside a channel")
    return Chosen.model_validate_json(click.actions[0].value), click.channel


def _at_once(command: Command) -> Message | None:
    """The answer that the line itself allows; `None` when what it asks for goes on."""
    match command:
        case NotUnderstood(problem):
            return help_text(FORMS, problem)
        case Help():
            return help_text(FORMS)
        case WhichNumber(shorter=shorter, longer=longer) as asked:
            return which_number((shorter, asked.reason_of_shorter), (longer, asked.reason_of_longer))
        case RequestNumber() | OpenPicker() | ShowStatus() | Switch() | Why() | Report():
            return None
        case _:
            assert_never(command)
