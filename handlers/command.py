"""`/buynumber`: what was typed is read, stored if it needs judging, and answered to the caller alone."""

import asyncio
import re
from dataclasses import replace
from typing import Annotated, Any, assert_never

from pydantic import AfterValidator, BaseModel, ConfigDict
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.numbers import E164, e164
from bot.domain.places import may_ask_in
from bot.domain.refusals import NotAllowed
from bot.services.acts import Ask, AskForReport, AskForStatus, AskWhy, Freeze
from bot.services.ports import ProviderUnavailable
from handlers.dialled import country_of
from handlers.filling import open_picker
from handlers.grammar import (
    Command,
    Help,
    LookFor,
    NotUnderstood,
    OpenPicker,
    Report,
    RequestNumber,
    RequestNumbers,
    ShowStatus,
    Switch,
    WhichNumber,
    Why,
    read,
)
from handlers.inventory import Inventory
from handlers.payloads import Channel, Click, SlashCommand, carrying
from handlers.surfaces import Surfaces
from handlers.views.answers import CHOOSE, help_text, pick_instead, which_number
from handlers.views.message import Message
from handlers.views.wording import number, reason

COMMAND = "/buynumber"

SURVEYED_WITHIN = 0.8
ON_SALE_WITHIN = 1.5
"""Seconds. Slack waits three for the answer, and a form's trigger lives no longer."""

FORMS = (
    ("/buynumber", "pick a number from the inventory"),
    ("/buynumber +91 98765 43210 for the support line", "request that number"),
    ("/buynumber +91 98765 43210, +91 98765 43211 for the shop", "request several at once, at most ten"),
    ("/buynumber IN", "pick among India's numbers"),
    ("/buynumber IN 80", "pick among India's numbers that contain 80"),
    ("/buynumber Mumbai", "pick among the numbers of a city"),
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
        if isinstance(command, WhichNumber | OpenPicker | LookFor) and isinstance(place, NotAllowed):
            await surfaces.turn_away(typed, place, once=typed.trigger_id)
            await ack()
            return
        command = await _settled(surfaces, typed, command)
        words = _at_once(command)
        if words is not None:
            await ack(text=words.text, blocks=words.blocks, response_type="ephemeral")
            return
        if isinstance(command, OpenPicker):
            opening = open_picker(surfaces, typed, command, channel=typed.channel_id, is_private=typed.is_private)
            surfaces.beside(opening)
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
        if click.response_url is not None:
            surfaces.beside(surfaces.messenger.take_away(click.response_url))
        await ack()

    async def _store(typed: SlashCommand, command: Command) -> None:
        by = typed.address(surfaces.clock.now())
        match command:
            case Switch(freezes):
                freeze = Freeze(
                    team=typed.team_id, trigger_id=typed.trigger_id, by=by, freezes=freezes, channel=typed.channel_id
                )
                await surfaces.reception.take(freeze)
            case RequestNumber() | RequestNumbers():
                first, *others = (command.number,) if isinstance(command, RequestNumber) else command.numbers
                ask = Ask(
                    team=typed.team_id,
                    trigger_id=typed.trigger_id,
                    by=by,
                    channel=typed.channel_id,
                    e164=first,
                    also=tuple(others),
                    reason=command.reason,
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
            case NotUnderstood() | Help() | WhichNumber() | OpenPicker() | LookFor():
                return
            case _:
                assert_never(command)

    app.command(COMMAND)(answer)
    app.action(re.compile(rf"\A{CHOOSE}_[12]\Z"), matchers=[carrying(_chosen)])(choose)


async def _settled(surfaces: Surfaces, typed: SlashCommand, command: Command) -> Command:
    """What is on sale says what was meant by a line that can be read in two ways; if it can be known in time."""
    if not isinstance(command, LookFor | WhichNumber):
        return command
    may_look = await surfaces.looks_at_once(typed)
    if isinstance(command, LookFor):
        return await _meant(surfaces, command) if may_look else command.opens
    return await _only_one(surfaces.offering.inventory, command) if may_look else command


async def _meant(surfaces: Surfaces, asked: LookFor) -> Command:
    """The picker, in the country where something is called so; also while nobody knows."""
    is_known = await surfaces.offering.inventory.survey(within=SURVEYED_WITHIN)
    where, opens, home = surfaces.offering.where(asked.opens.search), asked.opens, surfaces.default_country
    if where and opens.country is None:
        return replace(opens, country=home if home in where else where[0])
    if opens.country in where or not (where or is_known):
        return opens
    return NotUnderstood(asked.problem)


async def _only_one(inventory: Inventory, asked: WhichNumber) -> Command:
    """The one of both that is on sale. Of two or none there is something to say; both, when it cannot be read."""
    sold = [inventory.is_on_sale(number, within=ON_SALE_WITHIN) for number in (asked.shorter, asked.longer)]
    try:
        is_shorter, is_longer = await asyncio.gather(*sold)
    except ProviderUnavailable:
        return asked
    match is_shorter, is_longer:
        case True, False:
            return RequestNumber(asked.shorter, asked.reason_of_shorter)
        case False, True:
            return RequestNumber(asked.longer, asked.reason_of_longer)
        case False, False:
            neither = f"Neither {number(asked.shorter)} nor {number(asked.longer)} is on sale at Vobiz."
            return NotUnderstood(neither, OpenPicker(country_of(asked.shorter), asked.shorter))
        case _:
            return asked


def _chosen(click: Click) -> tuple[Chosen, Channel]:
    """Raises `ValueError` for what the bot never offers: the question stands in channels alone."""
    if click.channel is None:
        raise ValueError("clicked outside a channel")
    return Chosen.model_validate_json(click.actions[0].value), click.channel


def _at_once(command: Command) -> Message | None:
    """The answer that the line itself allows; `None` when what it asks for goes on."""
    match command:
        case NotUnderstood(problem, opens):
            return pick_instead(problem, opens.search, opens.country)
        case Help():
            return help_text(FORMS)
        case WhichNumber(shorter=shorter, longer=longer) as asked:
            return which_number((shorter, asked.reason_of_shorter), (longer, asked.reason_of_longer))
        case RequestNumber() | RequestNumbers() | OpenPicker() | LookFor() | ShowStatus() | Switch() | Why() | Report():
            return None
        case _:
            assert_never(command)
