"""What somebody looks for among numbers, as it is read and as it is found."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.domain.money import Money
from bot.domain.numbers import E164
from handlers.search import LONGEST, Look, Search, are_known, find, read
from tests.harness.builders import a_listing

quick = hypothesis_settings(derandomize=True, deadline=None, max_examples=100)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", Search()),
        ("Mumbai", Search(words=("mumbai",))),
        ("  São   Paulo ", Search(words=("sao", "paulo"))),
        ("80 69", Search(digits=("8069",))),
        ("80 calls 69", Search(can=frozenset({"voice"}), digits=("80", "69"))),
        ("80 sms", Search(can=frozenset({"sms"}), digits=("80",))),
        ("text messages", Search(words=("messages",), can=frozenset({"sms"}))),
        ("fax and mms", Search(can=frozenset({"fax", "mms"}))),
        ("ends 007", Search(ending="007")),
        ("ending in 0 07", Search(ending="007")),
        ("ends with 42 sms 80", Search(can=frozenset({"sms"}), digits=("80",), ending="42")),
        ("a number in Mumbai with SMS", Search(words=("mumbai",), can=frozenset({"sms"}))),
        ("Toll-Free", Search(words=("tollfree",))),
        ("freephone", Search(words=("tollfree",))),
        ("New Delhi", Search(words=("delhi",))),
        ("Bangalore 80", Search(words=("bengaluru",), digits=("80",))),
        ("+91 (0)22-6900", Search(digits=("91226900",))),
        ("<tel:+9122|+91 22>", Search(digits=("9122",))),
        ("<@U012> *x*", Search(words=("u", "x"), digits=("012",))),
    ],
)
def test_words_abilities_and_digits_are_told_from_one_another(text: str, wanted: Search) -> None:
    assert read(text) == wanted


@quick
@given(st.text(max_size=3 * LONGEST))
def test_whatever_is_typed_is_read(text: str) -> None:
    wanted = read(text)
    assert all(piece.isascii() and piece.isdigit() for piece in (*wanted.digits, wanted.ending) if piece)
    assert read(" ".join([*wanted.words, *wanted.can, *wanted.digits])).words == wanted.words


MUMBAI = Look(a_listing(region="Mumbai", capabilities=("voice", "sms")), [E164("+912269000119"), E164("+912269000007")])
NAVI = Look(a_listing("9+1 INR", region="Navi Mumbai", capabilities=None), [E164("+912269000077")])
PUNE = Look(a_listing(None, region="Pune"), [E164("+912069000007")])
LOOKS = [MUMBAI, NAVI, PUNE]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("", ["119", "007", "077", "007"]),
        ("mum", ["119", "007", "077"]),
        ("navi mumbai", ["077"]),
        ("pune mumbai", ["119", "007", "077", "007"]),
        ("sms", ["119", "007"]),
        ("mumbai ends 7", ["007", "077"]),
        ("022", ["119", "007", "077"]),
        ("0091 20", ["007"]),
        ("+91 022 6900 0119", ["119"]),
        ("91 022", ["119", "007", "077"]),
        ("00910226900", ["119", "007", "077"]),
        ("0091 (022) 6900", ["119", "007", "077"]),
        ("102269", []),
        ("00077", ["077"]),
        ("119 007", []),
        ("pune sms", []),
    ],
)
def test_numbers_are_found_by_place_ability_and_digits(text: str, ends: list[str]) -> None:
    """A trunk zero is one only where nothing has it as a digit."""
    found = find(LOOKS, read(text))
    assert [number[-3:] for _, numbers in found.looks for number in numbers] == ends
    assert (found.count, found.unknown) == (len(ends), ())


def test_words_that_no_place_has_are_told_and_nothing_fits() -> None:
    found = find(LOOKS, read("mumbai xyzzy 80"))
    assert (found.count, found.unknown) == (0, ("xyzzy",))
    assert are_known(LOOKS, ("navi",))
    assert not are_known(LOOKS, ("navi", "xyzzy"))


def test_what_may_not_be_charged_is_counted_and_not_found_and_a_price_left_out_is_no_reason() -> None:
    found = find(LOOKS, read(""), lambda charge: charge <= Money.of("10 INR"))
    assert [look.region for look, _ in found.looks] == ["Navi Mumbai", "Pune"]
    assert found.too_dear == len(MUMBAI.numbers)
