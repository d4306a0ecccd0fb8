"""What was typed behind the command: every form of it, and what is said when it is none."""

import pytest

from bot.domain.numbers import E164
from handlers import grammar
from handlers.views.wording import REASON_LIMIT

INDIAN = E164("+919876543210")
SHORTER = E164("+4930901820")
LONGER = E164("+493090182024")


def reading(text: str, country: str = "IN") -> grammar.Command:
    return grammar.read(text, default_country=country)


def problem(text: str) -> str:
    """What is said unless, for words, something on sale is called so."""
    command = reading(text)
    assert isinstance(command, grammar.NotUnderstood | grammar.LookFor)
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
    assert reading(f"{written}{between}the support line") == grammar.RequestNumber(INDIAN, "the support line")


@pytest.mark.parametrize(
    "written",
    [
        "<tel:+91%2098765%2043210|+91 98765 43210>",
        "<tel:+91%2D98765%2d43210>",
        "<tel:%2B91%20(98765)%C2%A043210;ext=7>",
        "<tel:%EF%BC%8B919876543210>",
        "tel:+91%2098765%2043210",
        "+91\ufe0e98765\ufe0f43210",
        "+9\ufe0f\u20e31\ufe0f\u20e3 98765 43210",
        "+91 98765\u200d43210",
        "\u200c+91 98765 4\u200c3210\u200d",
        "+91\u00ad98765\U000e010043210",
        "\u2068+91\u2069 98765\u034f43210\u3164",
        "+91 98765 4\u03363210",
        *(f"{mark}+91 98765 43210{mark}" for mark in ("*", "_", "~", "`", "```", '"', "'", "*_", "\u2019")),
        *(
            "“+91 98765 43210”",
            "\u2018+91 98765 43210\u2019",
            "„+91 98765 43210“",
            "«+91 98765 43210»",
            "\u2039+91 98765 43210\u203a",
        ),
        *('*"+91 98765 43210"*', "`(+91) 98765-43210`", "*<tel:+919876543210|+91 98765 43210>*"),
        *("&gt; +91 98765 43210", "• +91 98765 43210", "' +91 98765 43210 '", '"+91 98765 43210."'),
    ],
)
def test_a_number_is_read_as_it_comes_out_of_links_and_of_formatted_text(written: str) -> None:
    assert reading(written) == grammar.RequestNumber(INDIAN, "")
    assert reading(f"{written} for the support line") == grammar.RequestNumber(INDIAN, "the support line")


@pytest.mark.parametrize("text", ["+91 98765 43210", " +919876543210 for ", "(+91 98765 43210)", "+919876543210, for:"])
def test_a_reason_may_be_missing(text: str) -> None:
    assert reading(text) == grammar.RequestNumber(INDIAN, "")


@pytest.mark.parametrize(
    ("text", "country"),
    [
        pytest.param("0049 30 901820", "US", id="00 is international where another prefix is usual"),
        pytest.param("<tel:4930901820|+49 30 901820>", "US", id="a link without plus gives way to its label with one"),
        pytest.param("030 901820", "DE", id="a number without plus belongs to the default country"),
    ],
)
def test_a_number_without_plus_is_read_by_what_else_is_known_of_it(text: str, country: str) -> None:
    assert reading(text, country) == grammar.RequestNumber(SHORTER, "")


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
    assert reading(f"+91 98765 43210 {behind}") == grammar.RequestNumber(INDIAN, reason)


@pytest.mark.parametrize(
    ("glued", "reason"),
    [("for me", "me"), ("-support", "support"), ("…support", "…support"), ("\u00b2 for me", "\u00b2 for me")],
)
def test_a_reason_glued_to_the_number_is_still_told_from_it(glued: str, reason: str) -> None:
    assert reading(f"+919876543210{glued}") == grammar.RequestNumber(INDIAN, reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('"+91 98765 43210 for the support line"', "the support line"),
        ("*+91 98765 43210 for *vip* people*", "*vip* people"),
        ("*+91 98765 43210* for *vip* people", "*vip* people"),
        ("`+919876543210`", ""),
        ("“+91 98765 43210 for “us””", "“us”"),
        ("'+91 98765 43210' for Asha's line", "Asha's line"),
        ("'+91 98765 43210 for Asha's line'", "Asha's line"),
        ("_+91 98765 43210_ for snake_case_", "snake_case_"),
        ('+91 98765 43210 "the support line"', '"the support line"'),
        ("+91 98765 43210 for *vip*", "*vip*"),
        ("> +91 98765 43210 for a > b", "a > b"),
        ("+919876543210 ❤\ufe0f line", "❤\ufe0f line"),
    ],
)
def test_marks_around_the_line_or_the_number_are_nobodys_reason(text: str, reason: str) -> None:
    assert reading(text) == grammar.RequestNumber(INDIAN, reason)


@pytest.mark.parametrize("around", ['"{}"', "*{}*", "`{}`", "“{}”", "\u200d{}\ufe0f", "> {}"])
@pytest.mark.parametrize("text", ["status", "IN 80", "report 2026-11", ""])
def test_marks_around_a_word_or_a_country_change_nothing(around: str, text: str) -> None:
    assert reading(around.format(text)) == reading(text)


def test_digits_with_something_invisible_in_them_are_glued_and_the_caller_is_not_asked() -> None:
    assert reading("+49 30 901820\u200d24") == grammar.RequestNumber(LONGER, "")


def test_a_reason_is_taken_up_to_its_limit_and_a_longer_one_opens_the_picker_with_number_and_reason() -> None:
    longest = "&" * REASON_LIMIT
    assert reading("+919876543210 for " + "&amp;" * REASON_LIMIT) == grammar.RequestNumber(INDIAN, longest)
    longer = "&" * (REASON_LIMIT + 1)
    assert reading("+919876543210 for " + "&amp;" * len(longer)) == grammar.OpenPicker("IN", INDIAN, longer)


@pytest.mark.parametrize(
    ("behind", "longer", "of_longer"),
    [("24 phones", LONGER, "phones"), ("24/7 phones", f"{LONGER}7", "phones"), ("24", LONGER, "")],
)
def test_the_caller_is_asked_when_digits_behind_could_be_the_numbers(behind: str, longer: E164, of_longer: str) -> None:
    assert reading(f"+49 30 901820 {behind}") == grammar.WhichNumber(
        shorter=SHORTER, longer=longer, reason_of_shorter=behind, reason_of_longer=of_longer
    )


def test_of_many_valid_readings_the_two_longest_are_offered() -> None:
    assert reading("+49 30 9018 20 24 phones") == reading("+49 30 901820 24 phones")


@pytest.mark.parametrize(
    ("text", "number", "reason"),
    [
        pytest.param("+49 30 901820 for 24 phones", SHORTER, "24 phones", id="a written for ends the number"),
        pytest.param("+49 30 901820, for 24 phones", SHORTER, "24 phones", id="behind a comma too"),
        pytest.param("+49 30 901820 24h line", SHORTER, "24h line", id="digits glued to a word are not the number's"),
        pytest.param("+49 30 901820 24 for phones", LONGER, "phones", id="a for behind all of them ends the longest"),
        pytest.param("+49 30 901820 24, FOR: us", LONGER, "us", id="however it is written"),
        pytest.param(
            "+49 30 23125 104 for the Berlin launch", "+493023125104", "the Berlin launch", id="as the demo says"
        ),
        pytest.param("+49 30 90182024", LONGER, "", id="digits written as one number are one"),
        pytest.param("+49 30 901820-24", LONGER, "", id="with a dash in them too"),
        pytest.param("<tel:+493090182024|+49 30 901820 24>", LONGER, "", id="or as Slack's link"),
        pytest.param("+91 98765 43210 24 phones", INDIAN, "24 phones", id="digits that make no valid number are not"),
    ],
)
def test_the_caller_is_not_asked_where_the_number_clearly_ends(text: str, number: E164, reason: str) -> None:
    assert reading(text) == grammar.RequestNumber(number, reason)


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


OTHER_INDIAN, THIRD_INDIAN = E164("+919876543211"), E164("+918069000142")


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
    assert reading(f"{INDIAN}, {SHORTER}, {OTHER_INDIAN} for {long}") == grammar.OpenPicker(
        "IN", "", f"{SHORTER}, {long}", numbers
    )


@pytest.mark.parametrize("behind", [", 24 hours", " +1 from me", ", +91", " and 3 more"])
def test_what_is_no_number_behind_one_is_its_reason(behind: str) -> None:
    assert isinstance(reading(f"+91 98765 43210{behind}"), grammar.RequestNumber)


@pytest.mark.parametrize(("text", "wrong"), [("why", "It takes a number."), ("why IN 80", "“IN 80” is not a number.")])
def test_why_takes_a_number_and_nothing_else(text: str, wrong: str) -> None:
    said = problem(text)
    assert said.startswith(wrong)
    assert said.endswith("why +91 98765 43210.")
