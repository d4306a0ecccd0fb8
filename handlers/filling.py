"""What a picker shows: opened at once with what is known, filled when more is, written anew when it is used."""

from collections.abc import Sequence

from bot.domain import basket, refusals
from bot.domain.numbers import E164, Listing, e164
from bot.domain.refusals import NotAllowed
from bot.domain.terms import NotForSale, Terms
from bot.services.ports import ProviderUnavailable
from handlers.grammar import OpenPicker
from handlers.payloads import Click, FormView, Shortcut, SlashCommand
from handlers.search import LONGEST
from handlers.surfaces import Surfaces
from handlers.views.blocks import Block, paragraph
from handlers.views.forms import COUNTRY, NUMBER, SEARCH, PickerState, ShownTerms, View, offered_terms, picker, why_not
from handlers.views.offers import NOTHING, OLD, Offer, ago, found_words

FILLED_WITHIN = 9.0
"""Seconds: what the form says instead is to come while somebody still looks at it."""

READING = "Vobiz is being read…"
UNREAD = "Vobiz could not be read: search again in a moment. What you put in stays."
NO_TERMS = "Vobiz could not be read. The terms will stand on the approval message."
CHANGED = "*The terms have changed since you saw them.* Look at them, then request again."


async def open_picker(
    surfaces: Surfaces, who: SlashCommand | Shortcut | Click, opens: OpenPicker, *, channel: str, is_private: bool
) -> None:
    """Opens it at once with what is known, and fills it once something is; nothing is stored by opening it.

    Without a `channel` the form asks for one.
    """
    verdict = await surfaces.may_look(who)
    if isinstance(verdict, NotAllowed):
        await surfaces.turn_away(who, verdict, once=who.trigger_id)
        return
    country = opens.country or surfaces.default_country
    state = PickerState(channel=channel, is_private=is_private, country=country, search=opens.search)
    is_known = surfaces.offering.is_known(country)
    chosen, reason = opens.numbers[: most_at_once(surfaces)], opens.reason
    with_chosen = state.model_copy(update={"slot": chosen[0] if chosen else ""})
    form = await filled(surfaces, with_chosen, chosen, reason=reason) if is_known else unfilled(surfaces, state, reason)
    opened = await surfaces.messenger.open_form(who.trigger_id, form, who.address(surfaces.clock.now()))
    if opened is not None and not is_known:
        view, seen = opened
        await surfaces.messenger.rewrite_form(view, seen, await filled(surfaces, with_chosen, chosen, reason=reason))
    await surfaces.offering.inventory.survey(within=0)


def unfilled(surfaces: Surfaces, state: PickerState, reason: str = "") -> View:
    """While the provider is being read."""
    return picker(state, found=READING, most=most_at_once(surfaces), reason=reason)


async def filled(
    surfaces: Surfaces,
    state: PickerState,
    chosen: Sequence[E164] = (),
    *,
    reason: str = "",
    by_hand: bool = False,
    changed: bool = False,
) -> View:
    """What the search came to, and the terms of the chosen numbers. Where one number alone fits, it is chosen.

    `by_hand` when somebody has just chosen; `changed` when they have seen other terms.
    """
    most = most_at_once(surfaces)
    try:
        offer = await surfaces.offering.offer(state.country, state.search, within=FILLED_WITHIN)
    except ProviderUnavailable:
        below = [paragraph(NO_TERMS)] if chosen else []
        state = state.model_copy(update={"shown": None})
        return picker(state, found=UNREAD, most=most, below=below, reason=reason)
    if not by_hand and [*chosen] in ([], [state.slot]):
        only = offer.only and offer.only.e164
        chosen, state = [only] if only else [], state.model_copy(update={"slot": only or ""})
    listed, below = _terms(surfaces, state, chosen, offer)
    shown = None
    if len(listed) == len(chosen) > 0:
        shown = ShownTerms(numbers=tuple(chosen), digest=basket.digest([terms.digest for _, terms in listed]))
    return picker(
        state.model_copy(update={"shown": shown}),
        found=found_words(offer),
        chosen=[listing for listing, _ in listed],
        most=most,
        below=[*([paragraph(CHANGED)] if changed else []), *below],
        reason=reason,
    )


def _terms(
    surfaces: Surfaces, state: PickerState, chosen: Sequence[E164], offer: Offer
) -> tuple[list[tuple[Listing, Terms]], list[Block]]:
    """Of those that have terms, and what is said about all of them."""
    listed, said = [], list[Block]()
    for number in chosen:
        try:
            found = listed_terms(surfaces, state, number)
        except NotForSale as reason:
            said.append(paragraph(why_not(refusals.NotForSale(e164=number, missing=reason.missing))))
            continue
        if found is not None:
            listed.append(found)
        else:
            said.append(paragraph(why_not(refusals.NotInInventory(e164=number)) if offer.is_whole else NO_TERMS))
    if listed and offer.age >= OLD:
        said.append(paragraph(f"As listed {ago(offer.age)}; it is read again when you request it."))
    return listed, [*(offered_terms(listed) if listed else []), *said]


def listed_terms(surfaces: Surfaces, state: PickerState, number: E164) -> tuple[Listing, Terms] | None:
    """As memory has it. Raises `NotForSale`."""
    listing = surfaces.offering.listing(state.country, number)
    return None if listing is None else (listing, surfaces.offering.terms(listing))


def most_at_once(surfaces: Surfaces) -> int:
    """A basket that no day has room for would never be approved."""
    return min(basket.MOST, surfaces.rules.max_purchases_per_day or basket.MOST)


def searched(form: FormView) -> tuple[PickerState, list[E164]]:
    """What the form remembers, with the country and search that stand in it now, and the numbers that are chosen there.

    Another country has other numbers. Raises `ValueError` for no country, and for what no list offers.
    """
    state, chosen = state_of(form), chosen_in(form)
    now = {
        "country": form.state.text(COUNTRY, state.country) or state.country,
        "search": form.state.text(SEARCH, state.search)[:LONGEST],
    }
    if now["country"] != state.country:
        now["slot"], chosen = "", []
    return PickerState.model_validate(state.model_dump() | now), chosen


def state_of(form: FormView) -> PickerState:
    return PickerState.model_validate_json(form.private_metadata)


def chosen_in(form: FormView) -> list[E164]:
    """Raises `ValueError` for what no list offers."""
    return [e164(number) for number in form.state.several(NUMBER) if number not in ("", NOTHING)]
