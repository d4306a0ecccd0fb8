"""One number typed behind the command: however it is written, and where its reason begins."""

import pytest

from bot.domain.numbers import E164
from handlers import grammar
from handlers.views.wording import REASON_LIMIT

INDIAN = E164("+919876543210")
SHORTER = E164("+4930901820")
LONGER = E164("+493090182024")


def reading(text: str, country: str = "IN") -> grammar.Command:
    return grammar.read(text, default_country=country)


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
