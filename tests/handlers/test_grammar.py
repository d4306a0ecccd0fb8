"""What was typed behind the command: every form of it, and what is said when it is none."""

import pytest

from bot.domain.numbers import E164
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
    read,
)
from handlers.views.wording import REASON_LIMIT

INDIAN = E164("+919876543210")
SHORTER = E164("+4930901820")
LONGER = E164("+493090182024")


def reading(text: str, country: str = "IN") -> Command:
    return read(text, default_country=country)


def problem(text: str) -> str:
    command = reading(text)
    assert isinstance(command, NotUnderstood)
    return command.problem


@pytest.mark.parametrize(
    "written",
    [
        "+91 98765 43210",
        "+919876543210",
        "+91-98765-43210",
        "(+91) 98765 43210",
        "+91 (98765) 43210",
        "[+91] 98765.43210",
        "+91\u00a098765\u200943210",
        "+91\u202f98765\u300043210",
        "+91\u201198765\u201343210",
        "\u202a+91 98765 43210\u202c",
        "+91\u200b98765\ufeff43210",
        "\uff0b\uff19\uff11 \uff19\uff18\uff17\uff16\uff15 \uff14\uff13\uff12\uff11\uff10",
        "\uff08+91\uff09 98765\uff0d43210",
        "+९१ ९८७६५ ४३२१०",
        "+٩١ ٩٨٧٦٥ ٤٣٢١٠",
        "98765 43210",
        "098765 43210",
        "91 98765 43210",
        "0091 98765 43210",
        "00 91 98765 43210",
        "tel:+91-98765-43210",
        "<tel:+919876543210|+91 98765 43210>",
        "<tel:+91 98765 43210|…>",
        "<tel:+919876543210>",
        "<tel:9876543210|98765 43210>",
        "<tel:%2B919876543210|+91 98765 43210>",
        "<tel:+919876543210;ext=7|+91 98765 43210>",
        "+91 <tel:9876543210|98765 43210>",
    ],
)
@pytest.mark.parametrize("between", [" for ", " ", ": ", " - ", ", for ", " FOR: ", " / ", "\n", "\u00a0for\u00a0"])
def test_a_number_is_read_however_it_is_spaced_and_wherever_the_reason_begins(written: str, between: str) -> None:
    assert reading(f"{written}{between}the support line") == RequestNumber(INDIAN, "the support line")


@pytest.mark.parametrize("text", ["+91 98765 43210", " +919876543210 for ", "(+91 98765 43210)", "+919876543210, for:"])
def test_a_reason_may_be_missing(text: str) -> None:
    assert reading(text) == RequestNumber(INDIAN, "")


def test_a_number_with_00_is_international_where_another_prefix_is_usual() -> None:
    assert reading("0049 30 901820", "US") == RequestNumber(SHORTER, "")


def test_a_slack_link_without_plus_gives_way_to_its_label_with_one() -> None:
    assert reading("<tel:4930901820|+49 30 901820>", "US") == RequestNumber(SHORTER, "")


def test_a_number_without_plus_belongs_to_the_default_country() -> None:
    assert reading("030 901820 for Berlin", "DE") == RequestNumber(SHORTER, "Berlin")


@pytest.mark.parametrize(
    ("behind", "reason"),
    [
        ("for <@U012ABC|ana> in <#C99|help>", "<@U012ABC|ana> in <#C99|help>"),
        ("for R&amp;D &lt;beta&gt;", "R&D <beta>"),
        ("for &amp;lt; as typed", "&lt; as typed"),
        ("for-profit line", "for-profit line"),
        ("fortune line", "fortune line"),
        ("for for-profit", "for-profit"),
        ("to reach us", "to reach us"),
        ("24/7 support", "24/7 support"),
        ("for 3 offices", "3 offices"),
        (":phone: line", ":phone: line"),
        ("for one\tline\r\nor\x00two", "one line or two"),
        ("for \u202eevil\u202c \u2066line\u2069", "evil line"),
        ("for the family 👨\u200d👩\u200d👧", "the family 👨\u200d👩\u200d👧"),
        ("for <tel:+4930901820|+49 30 901820> instead", "+49 30 901820 instead"),
        ("for <mailto:a@b.example|a@b.example>", "a@b.example"),
        ("for <https://b.example/x|b.example/x>", "https://b.example/x"),
        ("for a broken \ud800 letter", "a broken \ufffd letter"),
    ],
)
def test_the_reason_is_one_line_as_the_person_typed_it(behind: str, reason: str) -> None:
    assert reading(f"+91 98765 43210 {behind}") == RequestNumber(INDIAN, reason)


@pytest.mark.parametrize("glue", ["for me", "-support", "…support", "\u00b2 for me"])
def test_a_reason_glued_to_the_number_is_still_told_from_it(glue: str) -> None:
    command = reading(f"+919876543210{glue}")
    assert isinstance(command, RequestNumber)
    assert command.number == INDIAN


@pytest.mark.parametrize("size", [REASON_LIMIT, REASON_LIMIT + 1])
def test_a_reason_is_taken_up_to_its_limit(size: int) -> None:
    command = reading("+919876543210 for " + "&amp;" * size)
    assert isinstance(command, RequestNumber) == (size <= REASON_LIMIT)


def test_a_reason_too_long_is_refused_with_both_lengths() -> None:
    assert "at most 500 characters, this one 612" in problem("+919876543210 for " + "x" * 612)


@pytest.mark.parametrize("behind", ["24 phones", "24/7 phones", "24 for phones"])
def test_the_caller_is_asked_when_the_digits_behind_could_belong_to_the_number(behind: str) -> None:
    command = reading(f"+49 30 901820 {behind}")
    assert isinstance(command, WhichNumber)
    assert command.shorter == SHORTER
    assert command.reason_of_shorter == behind


def test_each_of_two_readings_has_its_own_reason() -> None:
    assert reading("+49 30 901820 24 phones") == WhichNumber(
        shorter=SHORTER, longer=LONGER, reason_of_shorter="24 phones", reason_of_longer="phones"
    )


def test_of_many_valid_readings_the_two_longest_are_offered() -> None:
    command = reading("+49 30 9018 20 24 phones")
    assert isinstance(command, WhichNumber)
    assert (command.shorter, command.longer) == (SHORTER, LONGER)


@pytest.mark.parametrize("text", ["+49 30 901820 for 24 phones", "+49 30 901820, for 24 phones"])
def test_a_written_for_ends_the_number(text: str) -> None:
    assert reading(text) == RequestNumber(SHORTER, "24 phones")


def test_digits_glued_to_a_word_are_not_the_numbers() -> None:
    assert reading("+49 30 901820 24h line") == RequestNumber(SHORTER, "24h line")


def test_the_caller_is_asked_when_a_line_of_digits_alone_holds_two_numbers() -> None:
    assert reading("+49 30 901820 24") == WhichNumber(
        shorter=SHORTER, longer=LONGER, reason_of_shorter="24", reason_of_longer=""
    )


@pytest.mark.parametrize("text", ["+49 30 90182024", "+49 30 901820-24", "<tel:+493090182024|+49 30 901820 24>"])
def test_digits_written_as_one_number_are_one(text: str) -> None:
    assert reading(text) == RequestNumber(LONGER, "")


def test_digits_that_make_no_valid_number_are_the_reason() -> None:
    assert reading("+91 98765 43210 24 phones") == RequestNumber(INDIAN, "24 phones")


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u00a0", "\u200b", " " * 100_000])
def test_nothing_opens_the_picker(text: str) -> None:
    assert reading(text) == OpenPicker(None, "")


@pytest.mark.parametrize(
    ("text", "picker"),
    [
        ("IN", OpenPicker("IN", "")),
        ("IN 80", OpenPicker("IN", "80")),
        ("IN80", OpenPicker("IN", "80")),
        (" IN  80-41 ", OpenPicker("IN", "8041")),
        ("DE\u00a0(30)", OpenPicker("DE", "30")),
        ("IN ८०", OpenPicker("IN", "80")),
        ("\uff29\uff2e \uff18\uff10", OpenPicker("IN", "80")),
        ("NO", OpenPicker("NO", "")),
        ("IN 98765 43210", OpenPicker("IN", "9876543210")),
    ],
)
def test_capitals_open_the_picker_of_that_country(text: str, picker: OpenPicker) -> None:
    assert reading(text) == picker


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("in 80", "Did you mean IN 80?"),
        ("In", "Did you mean IN?"),
        ("ZZ", "ZZ is not a country"),
        ("ZZ 80", "ZZ is not a country"),
        ("UK 20", "the United Kingdom is GB"),
        ("IN 80 for support", "After IN come only digits"),
        ("IN +91 98765 43210", "After IN come only digits"),
        ("IN " + "8" * 40, "After IN come only digits"),
    ],
)
def test_a_country_written_otherwise_is_told_how(text: str, said: str) -> None:
    assert said in problem(text)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("status", ShowStatus()),
        (" Status ", ShowStatus()),
        ("FREEZE", Switch(freezes=True)),
        ("unfreeze", Switch(freezes=False)),
        ("Help", Help()),
        ("\uff53\uff54\uff41\uff54\uff55\uff53", ShowStatus()),
        ("report", Report(None)),
        ("REPORT 2026-11", Report("2026-11")),
        ("report\u00a02026\u201301", Report("2026-01")),
    ],
)
def test_a_word_of_its_own_is_read_in_any_case(text: str, command: Command) -> None:
    assert reading(text) == command


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "2026-1", "November", "11-2026", "2026-11 please", "0000-05"])
def test_what_is_no_month_is_said_to_be_none(month: str) -> None:
    assert problem(f"report {month}") == f"“{month}” is not a month. Write year and month: report 2026-11."


@pytest.mark.parametrize("word", ["status", "freeze", "unfreeze", "help"])
def test_a_word_with_something_behind_it_does_nothing(word: str) -> None:
    assert problem(f"{word} now") == f"Nothing may follow {word}, but “now” does. Write {word} alone."


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("staus", "status"),
        ("Frezze", "freeze"),
        ("unfreez", "unfreeze"),
        ("reprot 2026-11", "report"),
        ("hlep", "help"),
    ],
)
def test_a_word_nearly_right_gets_a_suggestion(typed: str, meant: str) -> None:
    assert f"Did you mean {meant}?" in problem(typed)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("+91 98765", "“+91 98765” is too short for a valid number"),
        ("24 phones please", "“24” is too short for a valid number"),
        ("+91 98765 43210 98765 4", None),
        ("+91 98765432109876", "“+91 98765432109876” is too long for a valid number"),
        ("+999 123 456 789", "“+999 123 456 789” is not a valid number"),
        ("+98 9601", "“+98 9601” is not a valid number"),
        ("a number please", "Begin with the number"),
    ],
)
def test_what_is_no_number_is_told_why(text: str, said: str | None) -> None:
    command = reading(text)
    assert isinstance(command, RequestNumber) if said is None else said in problem(text)


@pytest.mark.parametrize(
    "text", ["<!channel> look", "<@U012> look", "*bold* `code` @here", "x" * 7_000, "&lt;b&gt;" * 50]
)
def test_a_problem_repeats_only_a_short_harmless_piece(text: str) -> None:
    said = problem(text)
    assert not {"<", ">", "*", "`"} & set(said)
    assert "@here" not in said
    assert len(said) < 150
    assert "\n" not in said
