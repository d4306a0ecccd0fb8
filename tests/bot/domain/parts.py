"""Whatever facts a version of the bot could tell: strategies that fill any `Part` by its fields alone."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from hypothesis import strategies as st

from bot.domain.facts import Part
from bot.domain.money import MICROS, Money

P = TypeVar("P", bound=Part)

CURRENCIES = st.sampled_from(["INR", "USD", "EUR"])
WORDS = st.text(max_size=6)
JSON = st.none() | st.booleans() | st.integers() | WORDS | st.lists(WORDS, max_size=2)
FACTS = st.dictionaries(WORDS, JSON, max_size=3)

_PLAIN: Mapping[object, st.SearchStrategy[Any]] = {
    str: WORDS,
    int: st.integers(),
    bool: st.booleans(),
    type(None): st.none(),
    datetime: st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])),
}


@st.composite
def parts(draw: st.DrawFn, kind: type[P], currency: str | None = None) -> P:
    """Such a part with any of the facts that may be left out, and every amount with what says its currency."""
    currencies = {name: draw(CURRENCIES) for name in {*kind.amounts.values()}}
    currencies["currency"] = here = currency or draw(CURRENCIES)
    given: dict[str, object] = {}
    for name, field in kind.model_fields.items():
        if name in currencies or not (field.is_required() or draw(st.booleans())):
            continue
        of_it = currencies[kind.amounts[name]] if name in kind.amounts else here if name in kind.flat else None
        given[name] = draw(_values(field.annotation, of_it))
    of_amounts = {currency for name, currency in kind.amounts.items() if name in given}
    stated = {name: currencies[name] for name in of_amounts & kind.model_fields.keys()}
    return kind.model_validate(given | stated)


def _values(annotation: Any, currency: str | None) -> st.SearchStrategy[Any]:  # noqa: ANN401 - pydantic's own view
    annotation = getattr(annotation, "__supertype__", annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if origin in {UnionType, Union}:
        return st.one_of([_values(one, currency) for one in arguments])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(_values(arguments[0], None), max_size=2).map(tuple)
    if annotation is Money:
        return _amounts(currency)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return st.sampled_from(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return parts(annotation, currency)
    assert origin is Mapping, annotation
    return FACTS


def _amounts(currency: str | None) -> st.SearchStrategy[Money]:
    """With digits that say nothing, as the provider writes them."""
    assert currency is not None
    micros = st.integers(-(10**6) * MICROS, 10**6 * MICROS)
    return st.builds(Money.from_micros, micros, st.just(currency), st.integers(0, 6))


def names_of(part: Part) -> set[str]:
    """The facts that were given: of parts that lie flat their own."""
    names = part.model_fields_set - part.flat.keys()
    for name in part.flat.keys() & part.model_fields_set:
        if (flat := getattr(part, name)) is not None:
            names |= names_of(flat)
    return names
