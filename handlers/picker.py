"""The picker: countries and numbers offered while somebody types, terms of the chosen one, and the form's request."""

import asyncio
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.models.blocks import Block, Option

from bot.domain.numbers import e164
from bot.domain.terms import NotForSale, Terms
from bot.services.acts import Address, Ask
from bot.services.ports import Provider, ProviderUnavailable
from handlers.payloads import Click, FormView, Submission, Suggestion
from handlers.surfaces import Surfaces
from handlers.views.forms import (
    COUNTRY,
    DIGITS,
    MOST_DIGITS,
    NOTHING,
    NUMBER,
    PICKER,
    REASON,
    PickerState,
    ShownTerms,
    View,
    country_option,
    notice_option,
    number_option,
    offered_terms,
    picker,
)
from handlers.views.message import paragraph
from handlers.views.request import not_for_sale
from handlers.views.wording import countries, reason

log: structlog.stdlib.BoundLogger = structlog.get_logger()

OPTIONS_WITHIN = 2.5
"""Seconds: Slack waits three for options (source: Slack's page on options load)."""

OFFERED = 50
"""Options a list shows: enough to choose from, quick to draw. Slack takes a hundred."""


class Choices:
    """Which choice is the newest in each form, while its terms are being read: those of an older one come too late."""

    def __init__(self) -> None:
        self._newest: dict[str, str] = {}

    def begin(self, form: str, choice: str) -> None:
        self._newest[form] = choice

    def is_newest(self, form: str, choice: str) -> bool:
        return self._newest.get(form) == choice

    def end(self, form: str, choice: str) -> None:
        if self.is_newest(form, choice):
            del self._newest[form]


def register(app: AsyncApp, surfaces: Surfaces) -> None:
    choices = Choices()

    async def offer_countries(ack: AsyncAck, body: dict[str, Any]) -> None:
        typed = Suggestion.model_validate(body)
        await _offer(ack, [country_option(code) for code in countries(typed.value)[:OFFERED]])

    async def offer_numbers(ack: AsyncAck, body: dict[str, Any]) -> None:
        typed = Suggestion.model_validate(body)
        await _offer(ack, await _numbers(surfaces.provider, typed))

    async def answer_choice(ack: AsyncAck) -> None:
        await ack()

    async def catch_up(body: dict[str, Any]) -> None:
        """The form learns what was put in and shows the chosen number's terms; nothing is stored by looking."""
        click = Click.model_validate(body)
        if click.view is None or not _is_news(click, click.view):
            return
        choices.begin(click.view.id, click.trigger_id)
        try:
            form = await _caught_up(surfaces.provider, click.view)
            for seen in (click.view.hash, None):
                is_newest = choices.is_newest(click.view.id, click.trigger_id)
                if not is_newest or await surfaces.messenger.rewrite_form(click.view.id, seen, form):
                    return
        finally:
            choices.end(click.view.id, click.trigger_id)

    async def request(ack: AsyncAck, body: dict[str, Any]) -> None:
        sent = Submission.model_validate(body)
        chosen = sent.view.state.text(NUMBER)
        if chosen in ("", NOTHING):
            await ack(response_action="errors", errors={NUMBER: "Pick a number from the list."})
            return
        state = PickerState.model_validate_json(sent.view.private_metadata)
        await surfaces.reception.take(
            Ask(
                team=sent.team_id,
                trigger_id=sent.once,
                by=Address(user=sent.user.id, channel=state.channel, at=surfaces.clock.now()),
                channel=state.channel,
                e164=e164(chosen),
                reason=reason(sent.view.state.text(REASON)),
                digest=state.digest_of(chosen),
                is_private=state.is_private,
            )
        )
        await ack()

    app.options({"block_id": COUNTRY, "action_id": COUNTRY})(offer_countries)
    app.options({"block_id": NUMBER, "action_id": NUMBER})(offer_numbers)
    for field in (COUNTRY, DIGITS, NUMBER):
        app.action({"block_id": field, "action_id": field}, matchers=[_is_of_a_picker])(
            ack=answer_choice, lazy=[catch_up]
        )
    app.view(PICKER)(request)


async def _is_of_a_picker(body: dict[str, Any]) -> bool:
    """Raises `ValidationError` for what is no click, or in a form that remembers nothing of ours."""
    click = Click.model_validate(body)
    if click.view is not None:
        PickerState.model_validate_json(click.view.private_metadata)
    return True


async def _offer(ack: AsyncAck, options: list[Option]) -> None:
    await ack(options=[option.to_dict() for option in options])


def _is_news(click: Click, form: FormView) -> bool:
    """Does the form have to be written again for this?"""
    if click.actions[0].action_id == NUMBER:
        return form.state.text(NUMBER) not in ("", NOTHING)
    return _searched(form) != _state(form)


def _searched(form: FormView) -> PickerState:
    """What the form remembers, with the country and digits that stand in it now."""
    state = _state(form)
    country = form.state.text(COUNTRY, state.country) or state.country
    return state.model_copy(
        update={"country": country, "digits": _digits(form.state.text(DIGITS, state.digits))[:MOST_DIGITS]}
    )


async def _caught_up(provider: Provider, form: FormView) -> View:
    chosen = form.state.text(NUMBER)
    shown, blocks = (None, []) if chosen in ("", NOTHING) else await _terms(provider, chosen)
    return picker(_searched(form).model_copy(update={"shown": shown}), blocks)


async def _numbers(provider: Provider, typed: Suggestion) -> list[Option]:
    """Numbers that hold the digits typed in the list, or else those of the form, in the form's country."""
    state = _state(typed.view or FormView(id="-"))
    digits = _digits(typed.value) or state.digits
    try:
        async with asyncio.timeout(OPTIONS_WITHIN):
            page = await provider.browse(country=state.country, digits=digits)
    except (ProviderUnavailable, TimeoutError) as unread:
        log.warning("inventory could not be offered", reason=str(unread) or "too slow")
        return [notice_option("Vobiz could not be read. Type again in a moment.")]
    found = [number_option(listing) for listing in page.listings[:OFFERED]]
    return found or [notice_option("No number fits. Try other digits or another country.")]


async def _terms(provider: Provider, chosen: str) -> tuple[ShownTerms | None, list[Block]]:
    """What the form remembers of the terms, and how they are shown."""
    try:
        listing = await provider.find(e164(chosen))
        if listing is None:
            return None, [paragraph("This number is not on sale any more. Pick another one.")]
        terms = Terms.offered(listing, provider.account)
    except ProviderUnavailable:
        return None, [paragraph("Vobiz could not be read. The terms will stand on the approval message.")]
    except NotForSale as reason:
        return None, [paragraph(f"{not_for_sale('This number', reason.missing)} Pick another one.")]
    return ShownTerms(e164=terms.e164, digest=terms.digest), offered_terms(listing, terms)


def _state(view: FormView) -> PickerState:
    return PickerState.model_validate_json(view.private_metadata)


def _digits(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")
