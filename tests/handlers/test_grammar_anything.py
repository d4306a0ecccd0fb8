"""Whatever is typed behind the command is read, and every valid number in every way it is written."""

import json

import phonenumbers
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumber
from phonenumbers import PhoneNumberFormat as Format
from phonenumbers import PhoneNumberType as Type

from handlers.grammar import Command, RequestNumber, WhichNumber, read
from handlers.views.wording import REASON_LIMIT
from tests.bench.reading import LINES

quick = settings(derandomize=True, deadline=None, max_examples=100)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:6])
def test_of_a_very_long_line_little_is_repeated_or_searched_for(line: str) -> None:
    assert len(repr(read(line, default_country="IN"))) < 500


@quick
@given(st.text(max_size=80), st.sampled_from(["IN", "DE", "US", "ZZ", ""]))
def test_no_text_raises(text: str, country: str) -> None:
    read(text, default_country=country)


@quick
@given(st.text(alphabet="+0123456789 -().<>|:telforIN&;ampx\u00a0\uff0b९", max_size=60))
def test_no_text_that_looks_like_a_number_raises(text: str) -> None:
    command = read(text, default_country="IN")
    if isinstance(command, RequestNumber):
        assert phonenumbers.is_valid_number(phonenumbers.parse(command.number))


FORMATS = (Format.E164, Format.INTERNATIONAL, Format.NATIONAL, Format.RFC3966)
TYPES = (Type.FIXED_LINE, Type.MOBILE, Type.TOLL_FREE)
separators = st.sampled_from(["", " ", "-", ".", " (", ") ", "\u00a0", "\u2009", "\u2011", " - ", "/"])
# A reason that neither its number nor the small words before it could swallow.
reasons = st.from_regex(r"[a-eA-E<@*\u0915\u4e00][\w&<>@#'!. -]{0,40}[\w!]", fullmatch=True).map(
    lambda reason: " ".join(reason.split())
)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@st.composite
def valid_numbers(draw: st.DrawFn) -> tuple[PhoneNumber, str]:
    country = draw(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
    example = phonenumbers.example_number_for_type(country, draw(st.sampled_from(TYPES)))
    assume(example is not None and len(e164_of(example)) > 7 and phonenumbers.is_valid_number(example))
    assert example is not None
    return example, country


def e164_of(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, Format.E164)


def offered(command: Command) -> str | None:
    """The number that was read, or the longer one of the two that the caller is asked about."""
    match command:
        case RequestNumber(number=number, reason="") | WhichNumber(longer=number, reason_of_longer=""):
            return number
        case _:
            return None


@quick
@given(valid_numbers(), st.sampled_from(FORMATS))
def test_every_valid_number_is_read_back_from_every_format(valid: tuple[PhoneNumber, str], form: int) -> None:
    number, country = valid
    assert e164_of(number) == offered(read(phonenumbers.format_number(number, form), default_country=country))


@quick
@given(valid_numbers(), st.lists(separators, min_size=15, max_size=15))
def test_every_number_is_read_back_through_any_separators(valid: tuple[PhoneNumber, str], between: list[str]) -> None:
    number = e164_of(valid[0])
    spread = "+" + "".join(map("".join, zip(between, number[1:], strict=False)))
    assert number == offered(read(spread, default_country=valid[1]))


@quick
@given(valid_numbers(), st.sampled_from(FORMATS), st.sampled_from([" for ", " ", ", for "]), reasons)
def test_a_reason_survives_behind_numbers(valid: tuple[PhoneNumber, str], form: int, between: str, reason: str) -> None:
    number, country = valid
    command = read(phonenumbers.format_number(number, form) + between + escaped(reason), default_country=country)
    match command:
        case RequestNumber(number=read_back, reason=kept) | WhichNumber(longer=read_back, reason_of_longer=kept):
            assert (read_back, kept) == (e164_of(number), reason)
        case _:
            pytest.fail(f"read as {command}")


@quick
@given(st.text(max_size=REASON_LIMIT))
def test_a_reason_never_holds_what_cannot_be_stored_or_seen(text: str) -> None:
    command = read(f"+919876543210 for {text}", default_country="IN")
    assume(isinstance(command, RequestNumber))
    assert isinstance(command, RequestNumber)
    json.dumps(command.reason, ensure_ascii=False).encode()
    assert command.reason == " ".join(command.reason.split())
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\x1b") & set(command.reason)
