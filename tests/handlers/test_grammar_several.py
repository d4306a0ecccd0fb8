"""Several numbers typed behind the command, and what stands behind one that may be another."""

import pytest

from bot.domain.numbers import E164
from handlers import grammar
from handlers.views.wording import REASON_LIMIT

INDIAN = E164("+919876543210")
OTHER_INDIAN, THIRD_INDIAN = E164("+919876543211"), E164("+918069000142")
ELSEWHERE = E164("+4930901820")


def reading(text: str) -> grammar.Command:
    return grammar.read(text, default_country="IN")


@pytest.mark.parametrize(
    "written",
    [
        "+91 98765 43210, +91 98765 43211, +91 80 6900 0142",
        "+91 98765 43210 +91 98765 43211 +91 80 6900 0142",
        "+919876543210;+919876543211 and +918069000142,",
        "98765 43210, 98765 43211 & 080 6900 0142",
        "<tel:+919876543210|98765 43210>, <tel:+919876543211|+91 98765 43211>, <tel:+918069000142>",
        "+91 98765 43210, +91 98765 43211, +91 98765 43210, +91 80 6900 0142",
        *(
            ", ".join(f"{mark}{number}{closing}" for number in ("+91 98765 43210", "+919876543211", "+91 80 6900 0142"))
            for mark, closing in zip("*_~`\"'“«", "*_~`\"'”»", strict=True)
        ),
        "*+91 98765 43210* and *_+91 98765 43211_* `+91 80 6900 0142`",
        "“+91 98765 43210 and +91 98765 43211 and +91 80 6900 0142”",
        *(
            f"{sign} +91 98765 43210\n{sign} +91 98765 43211\n{sign} +91 80 6900 0142"
            for sign in ("•", "-", "&gt;", "*")
        ),
        "- *+91 98765 43210*\n- *+91 98765 43211*\n- *+91 80 6900 0142*",
        *(
            between.join(("+91 98765 43210", "+91 98765 43211", "+91 80 6900 0142"))
            for between in (" | ", " plus ", " - ")
        ),
        "+91 98765 43210 \u2013 +91 98765 43211 \u2014 +91 80 6900 0142",
        "+91 98765 43210, tel:+91%2098765%2043211, tel:+91%2080%206900%200142",
        "+91 98765 43210, <tel:+91%2098765%2043211>, <tel:%2B918069000142>",
        "+91 98765 43210, <tel:+919876543211|the second>, <tel:+918069000142|+91 80 6900 0142>",
    ],
)
@pytest.mark.parametrize(
    ("behind", "reason"), [(" for the office", "the office"), (", 24 hours", "24 hours"), ("", "")]
)
def test_several_numbers_are_read_one_after_another_each_once_and_then_the_reason(
    written: str, behind: str, reason: str
) -> None:
    several = grammar.RequestNumbers((INDIAN, OTHER_INDIAN, THIRD_INDIAN), reason)
    assert reading(f"{written}{behind}") == several


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("+91 98765 43210, +91 98765 432 for us", "“+91 98765 432” is not a valid number."),
        ("+91 98765 43210, +49 30 23125 104 people", "“+49 30 23125 104” can be read as two numbers."),
        (", ".join(f"+9198765432{no}" for no in range(10, 21)), "At most 10 numbers go together, these are 11."),
        ("+91 98765 43210, 12345 for us", "“12345” is too short for a valid number."),
        ("+91 98765 43210, 12345, 98765 43211 for us", "“12345” is too short for a valid number."),
        ("+91 98765 43210 | 98765 4", "“98765 4” is not a valid number."),
    ],
)
def test_beside_other_numbers_nothing_is_guessed_at(text: str, said: str) -> None:
    read = reading(text)
    assert isinstance(read, grammar.NotUnderstood)
    assert said in read.problem


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("+91 98765 43210 or +91 98765 43211 for us", "+91 98765 43211"),
        ("+91 98765 43210, also +91 98765 43211", "+91 98765 43211"),
        ("+91 98765 43210 2) +91 98765 43211 for us", "+91 98765 43211"),
        ("+91 98765 43210 call on 098765-43211 first", "098765-43211"),
        ("+91 98765 43210, +91 98765 43211 y <tel:+918069000142|the third>", "+918069000142"),
        ("+91 98765 43210 for sales, +91 98765 43211 for support", "+91 98765 43211"),
        ("+91 98765 43210 x +91 98765 4", "+91 98765 4"),
        ("+49 30 901820 24 phones or +49 30 901821", "+49 30 901821"),
    ],
)
def test_no_number_silently_becomes_a_reason(text: str, lost: str) -> None:
    read = reading(text)
    assert isinstance(read, grammar.NotUnderstood)
    assert read.problem.startswith(f"“{lost}” would be part of the reason.")


def test_behind_for_a_number_may_be_what_it_is_for() -> None:
    forwards = "forwarding to +91 98765 43211, or 080 6900 0142"
    assert reading(f"+91 98765 43210 for {forwards}") == grammar.RequestNumber(INDIAN, forwards)


def test_with_a_reason_that_is_too_long_several_numbers_open_the_picker_chosen_and_those_of_elsewhere_are_kept() -> (
    None
):
    long = "x" * (REASON_LIMIT + 1)
    numbers = (INDIAN, OTHER_INDIAN)
    assert reading(f"{INDIAN}, {OTHER_INDIAN} for {long}") == grammar.OpenPicker("IN", "", long, numbers)
    assert reading(f"{INDIAN}, {ELSEWHERE}, {OTHER_INDIAN} for {long}") == grammar.OpenPicker(
        "IN", "", f"{ELSEWHERE}, {long}", numbers
    )


@pytest.mark.parametrize("behind", [", 24 hours", " +1 from me", ", +91", " and 3 more"])
def test_what_is_no_number_behind_one_is_its_reason(behind: str) -> None:
    assert isinstance(reading(f"+91 98765 43210{behind}"), grammar.RequestNumber)
