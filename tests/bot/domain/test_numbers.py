"""Phone numbers: their one stored form, and when one we own is ours for good."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.numbers import e164
from tests.harness.builders import an_owned_number

quick = settings(derandomize=True, deadline=None, max_examples=150)


@quick
@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True, alphabet=st.sampled_from("+0123456789")))
def test_a_plus_sign_and_seven_to_fifteen_digits_are_a_number(text: str) -> None:
    assert e164(text) == text


BEGUN_WRONG = ["", "+", "918069000142", "+0918069000142", " +918069000142", "++918069000142"]
OF_OTHER_LENGTHS = ["+918069", "+9180690001421234"]
OF_OTHER_CHARACTERS = ["+91 8069000142", "+91-8069000142", "+918069000142\n", "+९१८०६९०००१४२", "+91806900014x"]


@pytest.mark.parametrize("text", [*BEGUN_WRONG, *OF_OTHER_LENGTHS, *OF_OTHER_CHARACTERS])
def test_any_other_form_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"not an E\.164 number"):
        e164(text)


@pytest.mark.parametrize(
    ("status", "is_usable"),
    [("active", True), (None, True), ("pending_purchase", False), ("released", False), ("blocked", False), ("", False)],
)
def test_a_number_is_ours_for_good_when_active_or_without_a_status(status: str | None, is_usable: bool) -> None:
    assert an_owned_number(status=status).is_usable is is_usable
