"""Money, times and numbers as they stand in the provider's JSON."""

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.domain.money import Money
from bot.redaction import Redactor
from bot.vobiz.answer import Answer, inflated
from bot.vobiz.errors import provider_error
from bot.vobiz.fields import as_amount, as_e164, money
from bot.vobiz.models import OwnItem

quick = settings(derandomize=True, deadline=None)

FEES = st.decimals(min_value=0, max_value=10**9, places=6)


def _parsed(json_value: str) -> object:
    content = Answer.of(200, {}, f'{{"fee": {json_value}}}'.encode()).content
    assert isinstance(content, dict)
    return content["fee"]


def _own(**fields: object) -> OwnItem:
    return OwnItem.model_validate({"e164": "+919876543210", **fields})


@quick
@given(FEES)
def test_a_fee_as_json_number_and_as_string_is_the_same_exact_amount_and_a_negative_one_is_no_fee(fee: Decimal) -> None:
    as_number, as_string = as_amount(_parsed(f"{fee:f}")), as_amount(_parsed(f'"{fee:f}"'))
    assert as_number == as_string == fee
    assert money(as_number, "INR") == Money(fee, "INR")
    assert money(as_amount(_parsed(str(int(fee)))), "USD") == Money(Decimal(int(fee)), "USD")
    assert not fee or money(as_amount(_parsed(f"{-fee:f}")), "INR") is None


@quick
@given(st.text() | st.none() | st.booleans() | st.integers() | st.lists(st.text(max_size=5), max_size=2))
def test_any_value_is_an_amount_or_none(value: object) -> None:
    amount = as_amount(value)
    assert amount is None or (amount.is_finite() and not isinstance(value, bool | list))


@quick
@given(st.binary(max_size=200))
def test_any_body_is_an_answer(body: bytes) -> None:
    assert Answer.of(200, {}, body).status == 200


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_none_is_no_amount_and_spoils_nothing_beside_it(text: str) -> None:
    answer = Answer.of(200, {}, f'{{"e164": "+918069000142", "setup_fee": {text}}}'.encode())
    item = OwnItem.model_validate(answer.content)
    assert (item.e164, item.owned().setup_fee) == ("+918069000142", None)


@pytest.mark.parametrize("written", ["1e999999999", "1e-999999999", "9" * 30])
def test_an_amount_out_of_all_bounds_is_none(written: str) -> None:
    assert as_amount(_parsed(written)) is None


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("is_escaped", [False, True])
def test_a_secret_is_taken_out_of_an_answer_however_its_letters_are_written(coding: str, is_escaped: bool) -> None:
    secret = "kJ8_token-of/ours+0142"
    written = "".join(f"\\u{ord(letter):04X}" for letter in secret) if is_escaped else secret
    body = f'{{"error": {{"message": "wrong {written}", "{written}": [1.5]}}, "requestId": "{written}"}}'
    answer = Answer.of(403, {}, body.encode(coding), Redactor([SecretStr(secret)]))
    assert answer.content == {
        "error": {"message": "wrong [redacted]", "[redacted]": [Decimal("1.5")]},
        "requestId": "[redacted]",
    }
    assert answer.request_id == "[redacted]"


@pytest.mark.parametrize("currency", [None, "", "rupees", "IN"])
def test_an_amount_without_a_currency_is_no_fee(currency: str | None) -> None:
    assert money(Decimal(1), currency) is None


@pytest.mark.parametrize("written", ["+919876543210", "919876543210", " +919876543210 ", 919876543210])
def test_a_number_reads_with_and_without_its_plus(written: str | int) -> None:
    assert as_e164(written) == "+919876543210"


@pytest.mark.parametrize(
    "written", [None, True, "", "+", "12", "+09876543210", "++919876543210", 1.5, ["+919876543210"]]
)
def test_what_is_no_number_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"E\.164"):
        as_e164(written)


@pytest.mark.parametrize(
    "time", ["06:07:08.123456Z", "06:07:08.123456789Z", "11:37:08.123456+05:30", "06:07:08.123456"]
)
def test_times_read_with_any_fraction_and_offset(time: str) -> None:
    number = _own(purchased_at=f"2026-10-05T{time}").owned()
    assert number.purchased_at == datetime(2026, 10, 5, 6, 7, 8, 123456, tzinfo=UTC)


@pytest.mark.parametrize("field", ["tags", "region", "provider", "capabilities", "purchased_at", "id", "status"])
@pytest.mark.parametrize("value", [None, {}, [{}], "", -1.5])
def test_a_descriptive_field_may_be_anything(field: str, value: object) -> None:
    assert _own(**{field: value}).owned().e164 == "+919876543210"


@pytest.mark.parametrize(
    ("written", "read"), [(r"Kar\u0000nataka", "Karnataka"), (r"\ud83d\ude00", "😀"), (r"half \ud83d", "half ?")]
)
def test_a_text_is_read_without_what_no_database_takes(written: str, read: str) -> None:
    answer = Answer.of(200, {}, f'{{"e164": "+918069000142", "region": "{written}"}}'.encode())
    assert OwnItem.model_validate(answer.content).region == read


def test_the_words_of_an_error_are_read_without_what_no_database_takes() -> None:
    error = provider_error(Answer.of(400, {}, rb'{"error": {"code": "BAD\u0000", "message": "no \ud800 number"}}'))
    assert error is not None
    assert (error.code, error.message) == ("BAD", "no ? number")


def test_a_compressed_answer_is_bounded_by_what_it_unpacks_to() -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    assert inflated(bomb, "gzip", 1_000_000) is None
    plain = json.dumps({"a": 1}).encode()
    assert inflated(gzip.compress(plain), "gzip", 1_000_000) == plain
    assert inflated(b"damaged", "gzip", 1_000_000) == b"damaged"


@pytest.mark.parametrize("written", ["n" * 129, "n" * 5000, "num\0_1", "num\n_1", "num\ud800_1"])
def test_an_id_that_no_table_holds_is_cut_and_stays_an_id_of_its_own(written: str) -> None:
    read, other = (_own(id=text).id or "" for text in (written, f"{written}x"))
    assert read != other
    assert (len(read) <= 128, read.isprintable(), read[0]) == (True, True, "n")


@pytest.mark.parametrize(
    ("written", "read"), [("num_1", "num_1"), (" num 1 ", "num 1"), (7, "7"), ("n" * 128, "n" * 128)]
)
def test_any_other_id_is_kept_as_it_is(written: str | int, read: str) -> None:
    assert _own(id=written).id == read
