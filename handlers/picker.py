"""The picker: its lists while somebody looks for a number, what is put in, and the form's request."""

import asyncio
from datetime import datetime
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain import basket, refusals
from bot.domain.places import may_ask_in
from bot.domain.refusals import NotAllowed, PeopleUnreadable
from bot.domain.terms import NotForSale, Terms
from bot.services.acts import Address, Ask
from bot.services.ports import ProviderUnavailable
from handlers.countries import matching
from handlers.filling import chosen_in, filled, listed_terms, most_at_once, searched, state_of, unfilled
from handlers.inventory import BUSY
from handlers.payloads import Click, FormView, Interaction, Submission, Suggestion, carrying
from handlers.surfaces import Surfaces
from handlers.views.blocks import Option
from handlers.views.forms import CHANNEL, COUNTRY, NUMBER, PICKER, REASON, SEARCH, PickerState, View, why_not
from handlers.views.offers import country_option, notice, offered
from handlers.views.wording import REASON_LIMIT, one_line

log: structlog.stdlib.BoundLogger = structlog.get_logger()

OPTIONS_WITHIN = 2.8
"""Seconds: Slack waits three for options (source: Slack's page on options load)."""

READ_WITHIN = 2.5
"""Seconds of these for the inventory, where none of it is known."""

LOOK_WITHIN = 1.0
"""Seconds, of the three for a form that is sent, to ask the provider itself; after that the form closes."""

COUNTRIES = 50
"""Options: what is typed narrows them."""

NOBODY_KNOWN = "Slack could not say who you are. Type again in a moment."
NOT_FOR_YOU = "Numbers are shown to full members of the workspace alone."


def register(app: AsyncApp, surfaces: Surfaces) -> None:
    async def offer_countries(ack: AsyncAck, body: dict[str, Any]) -> None:
        """Those where something is on sale come first, as far as that is known without waiting."""
        typed = Suggestion.model_validate(body)
        state_of(typed.view)
        stocked = surfaces.offering.inventory.countries() if await surfaces.looks_at_once(typed) else {}
        named = sorted(matching(typed.value), key=lambda code: code not in stocked)
        await ack(options=[country_option(code) for code in named[:COUNTRIES]])

    async def offer_numbers(ack: AsyncAck, body: dict[str, Any]) -> None:
        typed = Suggestion.model_validate(body)
        await ack(option_groups=await _offered_to(surfaces, typed))

    async def answer_choice(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.model_validate(body)
        form = _form(click)
        if _is_news(click, form):
            surfaces.beside(_catch_up(surfaces, click, form))
        await ack()

    async def request(ack: AsyncAck, body: dict[str, Any]) -> None:
        sent = Submission.model_validate(body)
        channel = state_of(sent.view).channel or sent.view.state.text(CHANNEL)
        errors = _mistakes(sent.view, surfaces, channel)
        if errors:
            await ack(response_action="errors", errors=errors)
            return
        ask = _asked(sent, channel, surfaces.clock.now())
        refused = await _refused(surfaces, state_of(sent.view), ask)
        if isinstance(refused, str):
            await ack(response_action="errors", errors={_number_block(sent.view): refused})
            return
        if refused is not None:
            await ack(response_action="update", view=refused)
            return
        await surfaces.reception.take(ask)
        await ack()

    app.options(COUNTRY)(offer_countries)
    app.options(NUMBER)(offer_numbers)
    for field in (COUNTRY, SEARCH, NUMBER):
        app.action({"action_id": field}, matchers=[carrying(_form)])(answer_choice)
    app.view(PICKER)(request)


async def _catch_up(surfaces: Surfaces, click: Click, view: FormView) -> None:
    """The form learns what was put in and shows the chosen number's terms; nothing is stored by looking."""
    verdict = await surfaces.may_look(click)
    if isinstance(verdict, NotAllowed):
        await surfaces.turn_away(click, verdict, once=_once(click, view))
        return
    surfaces.choices.begin(view.id, click.trigger_id)
    try:
        (state, chosen), seen = searched(view), view.hash
        if not surfaces.offering.is_known(state.country):
            await _rewrite(surfaces, click, view, unfilled(surfaces, state), seen)
            seen = None
        by_hand = click.actions[0].action_id == NUMBER
        await _rewrite(surfaces, click, view, await filled(surfaces, state, chosen, by_hand=by_hand), seen)
    finally:
        surfaces.choices.end(view.id, click.trigger_id)


async def _rewrite(surfaces: Surfaces, click: Click, view: FormView, form: View, seen: str | None) -> None:
    """While this is the newest choice; `seen` is the hash of the form that it was made in, `None` for any."""
    for expected in (seen, None):
        is_newest = surfaces.choices.is_newest(view.id, click.trigger_id)
        if not is_newest or await surfaces.messenger.rewrite_form(view.id, expected, form):
            return


def _asked(sent: Submission, channel: str, now: datetime) -> Ask:
    state, (first, *others) = state_of(sent.view), chosen_in(sent.view)
    return Ask(
        team=sent.team_id,
        trigger_id=sent.once,
        by=Address(user=sent.user.id, channel=channel, at=now),
        channel=channel,
        e164=first,
        also=tuple(others),
        reason=one_line(sent.view.state.text(REASON)),
        digest=state.digest_of([first, *others]),
        is_private=state.is_private,
    )


def _mistakes(form: FormView, surfaces: Surfaces, channel: str) -> dict[str, str]:
    """What is wrong with what was put in, by block: it stays in the form."""
    mistakes, chosen, most = {}, chosen_in(form), most_at_once(surfaces)
    if not chosen:
        mistakes[_number_block(form)] = "Pick a number from the list."
    if len(chosen) > most:
        mistakes[_number_block(form)] = f"At most {most} numbers go together. Take some out."
    reason = one_line(form.state.text(REASON))
    if len(reason) > REASON_LIMIT:
        mistakes[REASON] = f"A reason has at most {REASON_LIMIT} characters, this one {len(reason)}. Shorten it."
    if not state_of(form).channel and isinstance(may_ask_in(channel, surfaces.rules), NotAllowed):
        mistakes[CHANNEL] = "Numbers cannot be asked for there. Choose another channel."
    return mistakes


async def _refused(surfaces: Surfaces, state: PickerState, ask: Ask) -> str | View | None:
    """Why the judge will refuse it, as far as that can be told at once; the form, where its terms are others by now."""
    offering = surfaces.offering
    known: list[Terms] = []
    for number in ask.numbers:
        try:
            found = listed_terms(surfaces, state, number)
        except NotForSale as reason:
            return why_not(refusals.NotForSale(e164=number, missing=reason.missing))
        if found is None and offering.lists_all_of(state.country):
            return why_not(refusals.NotInInventory(e164=number))
        terms = None if found is None else found[1]
        refusal = await offering.offers.refusal(ask.model_copy(update={"e164": number}), terms)
        if refusal is not None:
            return why_not(refusal)
        known += [] if terms is None else [terms]
    is_known = len(known) == len(ask.numbers)
    if is_known and ask.digest not in (None, basket.digest([terms.digest for terms in known])):
        return await filled(surfaces, state, ask.numbers, by_hand=True, changed=True)
    looks = [offering.inventory.look(number, within=LOOK_WITHIN) for number in ask.numbers]
    return next((why_not(refusal) for refusal in await asyncio.gather(*looks) if refusal is not None), None)


def _form(click: Click) -> FormView:
    """The picker that it stands in. Raises `ValueError` for what the bot never opens."""
    if click.view is None:
        raise ValueError("in no form")
    searched(click.view)
    return click.view


def _is_news(click: Click, form: FormView) -> bool:
    """Does the form have to be written again for this?"""
    state, chosen = searched(form)
    if click.actions[0].action_id == NUMBER:
        return {*chosen} != {*(state.shown.numbers if state.shown else ())}
    return state != state_of(form)


async def _offered_to(surfaces: Surfaces, typed: Suggestion) -> list[Option]:
    """Numbers, or why there are none; Slack waits for either."""
    state = state_of(typed.view)
    try:
        async with asyncio.timeout(OPTIONS_WITHIN):
            verdict = await surfaces.may_look(typed)
            if not isinstance(verdict, NotAllowed):
                text = typed.value if typed.value.strip() else state.search
                return offered(await surfaces.offering.offer(state.country, text, within=READ_WITHIN))
    except (ProviderUnavailable, TimeoutError) as unread:
        log.warning("inventory could not be offered", reason=str(unread) or "too slow")
        why = "Too many people search just now." if str(unread) == BUSY else "Vobiz could not be read."
        return notice(state.country, f"{why} Type again in a moment.")
    await surfaces.turn_away(typed, verdict, once=_once(typed, typed.view))
    return notice(state.country, NOBODY_KNOWN if isinstance(verdict, PeopleUnreadable) else NOT_FOR_YOU)


def _once(who: Interaction, form: FormView) -> str:
    """One refusal for each form, however much is typed into it."""
    return f"{form.id}.{who.sender}"


def _number_block(view: FormView) -> str:
    """As the form has it: the bot names the next one otherwise."""
    return next((block for block, fields in view.state.values.items() if NUMBER in fields), state_of(view).number_block)
