"""What is typed behind the command and is no number: countries, words, and what is said when it is none of these."""

import pytest

from bot.domain.numbers import E164
from handlers import grammar


def reading(text: str) -> grammar.Command:
    return grammar.read(text, default_country="IN")


def problem(text: str) -> str:
    """What is said unless, for words, something on sale is called so."""
    command = reading(text)
    assert isinstance(command, grammar.NotUnderstood | grammar.LookFor)
    return command.problem


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u00a0", "\u200b", " " * 100_000])
def test_nothing_opens_the_picker(text: str) -> None:
    assert reading(text) == grammar.OpenPicker(None, "")


@pytest.mark.parametrize(
    ("text", "picker"),
    [
        ("IN", grammar.OpenPicker("IN", "")),
        ("IN 80", grammar.OpenPicker("IN", "80")),
        ("IN80", grammar.OpenPicker("IN", "80")),
        (" IN  80-41 ", grammar.OpenPicker("IN", "80-41")),
        ("DE\u00a0(30)", grammar.OpenPicker("DE", "(30)")),
        ("IN ८०", grammar.OpenPicker("IN", "80")),
        ("\uff29\uff2e \uff18\uff10", grammar.OpenPicker("IN", "80")),
        ("NO", grammar.OpenPicker("NO", "")),
        ("IN 98765 43210", grammar.OpenPicker("IN", "98765 43210")),
        ("IN +91 98765 43210", grammar.OpenPicker("IN", "+91 98765 43210")),
        ("IN Mumbai", grammar.OpenPicker("IN", "Mumbai")),
        ("IN 80 for support", grammar.OpenPicker("IN", "80", "support")),
        ("in", grammar.OpenPicker("IN", "")),
        ("In 80 sms", grammar.OpenPicker("IN", "80 sms")),
        ("uk", grammar.OpenPicker("GB", "")),
        ("UK 20", grammar.OpenPicker("GB", "20")),
        ("india", grammar.OpenPicker("IN", "")),
        ("India 80", grammar.OpenPicker("IN", "80")),
        ("united states 212 for sales in New York", grammar.OpenPicker("US", "212", "sales in New York")),
        ("USA new york", grammar.OpenPicker("US", "new york")),
        ("80 india for the desk", grammar.OpenPicker("IN", "80", "the desk")),
        ("Mumbai, India", grammar.OpenPicker("IN", "Mumbai")),
        ("India: 80", grammar.OpenPicker("IN", "80")),
        ("IN,80", grammar.OpenPicker("IN", "80")),
        ("numbers in the u.k.", grammar.OpenPicker("GB", "")),
        ("IN " + "8" * 200, grammar.OpenPicker("IN", "8" * 100)),
    ],
)
def test_a_country_by_its_code_or_name_opens_its_picker_with_what_is_searched_for(
    text: str, picker: grammar.OpenPicker
) -> None:
    assert reading(text) == picker


@pytest.mark.parametrize("text", ["ZZ", "ZZ 80", "XX +91"])
def test_capitals_that_are_no_country_are_said_to_be_none(text: str) -> None:
    assert f"{text[:2]} is not a country" in problem(text)


@pytest.mark.parametrize(
    ("text", "search", "reason"),
    [
        ("80", "80", ""),
        ("80 69", "80 69", ""),
        ("022 6900", "022 6900", ""),
        ("९८", "98", ""),
        ("80 sms", "80 sms", ""),
        ("sms", "sms", ""),
        ("ends 007 for the desk", "ends 007", "the desk"),
        ("80 for the desk", "80", "the desk"),
        ("98765 4321", "98765 4321", ""),
    ],
)
def test_digits_and_abilities_open_the_picker_with_a_search(text: str, search: str, reason: str) -> None:
    assert reading(text) == grammar.OpenPicker(None, search, reason)


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("Mumbai", grammar.OpenPicker(None, "Mumbai")),
        ("new york", grammar.OpenPicker(None, "new york")),
        ("Mumbai 80 for the desk", grammar.OpenPicker(None, "Mumbai 80", "the desk")),
        ("80 Mumbai", grammar.OpenPicker(None, "80 Mumbai")),
        ("in mumbai", grammar.OpenPicker("IN", "mumbai")),
        ("“Mumbai”", grammar.OpenPicker(None, "Mumbai")),
    ],
)
def test_words_may_be_what_something_on_sale_is_called(text: str, opens: grammar.OpenPicker) -> None:
    command = reading(text)
    assert isinstance(command, grammar.LookFor)
    assert command.opens == opens


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("status", grammar.ShowStatus()),
        (" Status ", grammar.ShowStatus()),
        ("FREEZE", grammar.Switch(freezes=True)),
        ("unfreeze", grammar.Switch(freezes=False)),
        ("Help", grammar.Help()),
        ("\uff53\uff54\uff41\uff54\uff55\uff53", grammar.ShowStatus()),
        ("why +91 80690 00142", grammar.Why(E164("+918069000142"))),
        ("WHY 080690-00142", grammar.Why(E164("+918069000142"))),
        ("why <tel:+918069000142|+91 80690 00142>", grammar.Why(E164("+918069000142"))),
        ("report", grammar.Report(None)),
        ("REPORT 2026-11", grammar.Report("2026-11")),
        ("report\u00a02026\u201301", grammar.Report("2026-01")),
    ],
)
def test_a_word_of_its_own_is_read_in_any_case(text: str, command: grammar.Command) -> None:
    assert reading(text) == command


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "2026-1", "November", "11-2026", "2026-11 please", "0000-05"])
def test_what_is_no_month_is_said_to_be_none(month: str) -> None:
    assert problem(f"report {month}") == f"“{month}” is not a month. Write year and month: report 2026-11."


@pytest.mark.parametrize("word", ["status", "freeze", "unfreeze", "help"])
def test_a_word_with_something_behind_it_does_nothing(word: str) -> None:
    assert problem(f"{word} now") == f"Nothing may follow {word}, but “now” does. Write {word} alone."


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("staus", "status"), ("Frezze", "freeze"), ("unfreez", "unfreeze"), ("reprot 2026", "report"), ("hlep", "help")],
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
        ("is there a number", "“is there a number” is not understood."),
        ("a number please", "Begin with the number"),
    ],
)
def test_what_is_no_number_is_told_why(text: str, said: str | None) -> None:
    command = reading(text)
    assert isinstance(command, grammar.RequestNumber) if said is None else said in problem(text)


@pytest.mark.parametrize("text", ["<!channel> look", "<@U012> look", "*b* `code` @here", "x" * 7_000, "&lt;b&gt;" * 50])
def test_a_problem_repeats_only_a_short_harmless_piece(text: str) -> None:
    said = problem(text)
    assert not {"<", ">", "*", "`"} & set(said)
    assert "@here" not in said
    assert len(said) < 150
    assert "\n" not in said


@pytest.mark.parametrize(("text", "wrong"), [("why", "It takes a number."), ("why IN 80", "“IN 80” is not a number.")])
def test_why_takes_a_number_and_nothing_else(text: str, wrong: str) -> None:
    said = problem(text)
    assert said.startswith(wrong)
    assert said.endswith("why +91 98765 43210.")
