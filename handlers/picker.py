"""The picker: countries and numbers offered while somebody types, terms of the chosen one, and the form's request."""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.numbers import E164, Listing, e164
from bot.domain.refusals import NotAllowed, PeopleUnreadable
from bot.domain.terms import NotForSale, Terms
from bot.services.acts import Address, Ask
from bot.services.ports import Provider, ProviderUnavailable
from handlers.lookups import AT_ONCE, BUSY, LookUps
from handlers.payloads import Click, FormView, Interaction, Submission, Suggestion
from handlers.surfaces import Surfaces
from handlers.views.blocks import Block, Option, paragraph
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
from handlers.views.request import not_for_sale
from handlers.views.wording import countries, reason

log: structlog.stdlib.BoundLogger = structlog.get_logger()

OPTIONS_WITHIN = 2.8
"""Seconds: Slack waits three for options (source: Slack's page on options load)."""

READ_WITHIN = 2.5
"""Seconds of these for the inventory."""

TERMS_WITHIN = 9.0
"""Seconds: what the form says instead is to come while somebody still looks at it."""

OFFERED = 50
"""Options a list shows: enough to choose from, quick to draw. Slack takes a hundred."""


NOBODY_KNOWN = "Slack could not say who you are. Type again in a moment."
NOT_FOR_YOU = "Numbers are shown to full members of the workspace alone."


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


class _Inventory:
    """The provider's inventory as forms read it."""

    def __init__(self, provider: Provider) -> None:
        async def offered(narrowed: tuple[str, str]) -> Sequence[Listing]:
            country, digits = narrowed
            return (await provider.browse(country=country, digits=digits)).listings

        turns = asyncio.Semaphore(AT_ONCE)
        self.account = provider.account
        self.offered = LookUps(turns, offered, within=READ_WITHIN)
        self.on_sale: LookUps[E164, Listing | None] = LookUps(turns, provider.find, within=TERMS_WITHIN)


def register(app: AsyncApp, surfaces: Surfaces) -> None:
    choices, inventory = Choices(), _Inventory(surfaces.provider)

    async def offer_countries(ack: AsyncAck, body: dict[str, Any]) -> None:
        typed = Suggestion.model_validate(body)
        _state(typed.view)
        await ack(options=[country_option(code) for code in countries(typed.value)[:OFFERED]])

    async def offer_numbers(ack: AsyncAck, body: dict[str, Any]) -> None:
        typed = Suggestion.model_validate(body)
        await ack(options=await _offered_to(surfaces, inventory, typed))

    async def answer_choice(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.model_validate(body)
        if click.view is not None and _is_news(click, click.view):
            surfaces.beside(catch_up(click, click.view))
        await ack()

    async def catch_up(click: Click, view: FormView) -> None:
        """The form learns what was put in and shows the chosen number's terms; nothing is stored by looking."""
        verdict = await surfaces.may_look(click)
        if isinstance(verdict, NotAllowed):
            await surfaces.turn_away(click, verdict, once=_once(click, view))
            return
        choices.begin(view.id, click.trigger_id)
        try:
            form = await _caught_up(inventory, view)
            for seen in (view.hash, None):
                is_newest = choices.is_newest(view.id, click.trigger_id)
                if not is_newest or await surfaces.messenger.rewrite_form(view.id, seen, form):
                    return
        finally:
            choices.end(view.id, click.trigger_id)

    async def request(ack: AsyncAck, body: dict[str, Any]) -> None:
        sent = Submission.model_validate(body)
        state, chosen = _state(sent.view), _chosen(sent.view)
        if chosen is None:
            await ack(response_action="errors", errors={NUMBER: "Pick a number from the list."})
            return
        await surfaces.reception.take(
            Ask(
                team=sent.team_id,
                trigger_id=sent.once,
                by=Address(user=sent.user.id, channel=state.channel, at=surfaces.clock.now()),
                channel=state.channel,
                e164=chosen,
                reason=reason(sent.view.state.text(REASON)),
                digest=state.digest_of(chosen),
                is_private=state.is_private,
            )
        )
        await ack()

    app.options({"block_id": COUNTRY, "action_id": COUNTRY})(offer_countries)
    app.options({"block_id": NUMBER, "action_id": NUMBER})(offer_numbers)
    for field in (COUNTRY, DIGITS, NUMBER):
        app.action({"block_id": field, "action_id": field}, matchers=[_is_a_picker])(answer_choice)
    app.view(PICKER)(request)


async def _is_a_picker(body: dict[str, Any]) -> bool:
    """Does it stand in a form as the bot opens it? Otherwise nobody knows it: `unknown.py`."""
    try:
        click = Click.model_validate(body)
        if click.view is None:
            return False
        _searched(click.view)
        _chosen(click.view)
    except ValueError:
        return False
    return True


def _is_news(click: Click, form: FormView) -> bool:
    """Does the form have to be written again for this?"""
    if click.actions[0].action_id == NUMBER:
        return _chosen(form) is not None
    return _searched(form) != _state(form)


def _searched(form: FormView) -> PickerState:
    """What the form remembers, with the country and digits that stand in it now. Raises `ValueError` for no country."""
    state = _state(form)
    country = form.state.text(COUNTRY, state.country) or state.country
    digits = _digits(form.state.text(DIGITS, state.digits))[:MOST_DIGITS]
    return PickerState.model_validate(state.model_dump() | {"country": country, "digits": digits})


async def _caught_up(inventory: _Inventory, form: FormView) -> View:
    chosen = _chosen(form)
    shown, blocks = (None, []) if chosen is None else await _terms(inventory, form, chosen)
    return picker(_searched(form).model_copy(update={"shown": shown}), blocks)


async def _offered_to(surfaces: Surfaces, inventory: _Inventory, typed: Suggestion) -> list[Option]:
    """Numbers, or why there are none; Slack waits for either."""
    state = _state(typed.view)
    try:
        async with asyncio.timeout(OPTIONS_WITHIN):
            verdict = await surfaces.may_look(typed)
            if not isinstance(verdict, NotAllowed):
                return await _numbers(inventory, typed, state)
    except (ProviderUnavailable, TimeoutError) as unread:
        log.warning("inventory could not be offered", reason=str(unread) or "too slow")
        why = "Too many people search just now." if str(unread) == BUSY else "Vobiz could not be read."
        return [notice_option(f"{why} Type again in a moment.")]
    await surfaces.turn_away(typed, verdict, once=_once(typed, typed.view))
    return [notice_option(NOBODY_KNOWN if isinstance(verdict, PeopleUnreadable) else NOT_FOR_YOU)]


def _once(who: Interaction, form: FormView) -> str:
    """One refusal for each form, however much is typed into it."""
    return f"{form.id}.{who.sender}"


async def _numbers(inventory: _Inventory, typed: Suggestion, state: PickerState) -> list[Option]:
    """Numbers that hold the digits typed in the list, or else those of the form, in the form's country."""
    listings = await inventory.offered.ask(typed.view.id, (state.country, _digits(typed.value) or state.digits))
    found = [number_option(listing) for listing in listings[:OFFERED]]
    return found or [notice_option("No number fits. Try other digits or another country.")]


async def _terms(inventory: _Inventory, form: FormView, chosen: E164) -> tuple[ShownTerms | None, list[Block]]:
    """What the form remembers of the terms, and how they are shown."""
    try:
        listing = await inventory.on_sale.ask(form.id, chosen)
        if listing is None:
            return None, [paragraph("This number is not on sale any more. Pick another one.")]
        terms = Terms.offered(listing, inventory.account)
    except ProviderUnavailable:
        return None, [paragraph("Vobiz could not be read. The terms will stand on the approval message.")]
    except NotForSale as reason:
        return None, [paragraph(f"{not_for_sale('This number', reason.missing)} Pick another one.")]
    return ShownTerms(e164=terms.e164, digest=terms.digest), offered_terms(listing, terms)


def _state(view: FormView) -> PickerState:
    return PickerState.model_validate_json(view.private_metadata)


def _chosen(view: FormView) -> E164 | None:
    """Raises `ValueError` for what no list offers."""
    chosen = view.state.text(NUMBER)
    return None if chosen in ("", NOTHING) else e164(chosen)


def _digits(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")
