"""Odd forms: whatever stands in one entry or one field, the others are read; what cannot be read is said."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.domain.money import Money
from bot.domain.numbers import E164
from bot.domain.outcome import Bought, Unknown
from bot.sandbox.vobiz import Says, Script, VobizStandIn
from bot.services.ports import ProviderUnavailable
from bot.vobiz.client import Vobiz
from bot.vobiz.fields import as_amount, as_e164
from bot.vobiz.models import InventoryItem, OwnItem
from tests.bot.vobiz.conftest import NUMBER, answer, buy

GOOD = E164("+919876543210")
OURS = {"e164": NUMBER, "account_id": "MA_STANDIN"}

ODD = {
    "null": "null",
    "nothing": '""',
    "blank": '" "',
    "true": "true",
    "false": "false",
    "zero": "0",
    "negative": "-1",
    "fraction": "1.5",
    "an int that is a time": "1790000000",
    "a list": "[]",
    "a list of anything": '[null, 1, "voice", {"a": []}]',
    "an object": '{"code": "IN", "name": "Karnataka"}',
    "deep": "[" * 60 + "]" * 60,
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "beyond a double": "1e400",
    "beyond arithmetic": "1e1000000000000000000",
    "5000 digits": "9" * 5000,
    "5000 fractional digits": "0." + "3" * 5000,
    "a long text": f'"{"x" * 5000}"',
    "no text a database takes": r'"\u0000\ud800"',
    "thousands": '"1,234.50"',
    "exponent": '"1e2"',
    "the first day": '"0001-01-01T00:00:00Z"',
}
FIELDS = [
    *("id", "e164", "account_id", "auth_id", "status", "country", "region", "capabilities", "voice_enabled", "tags"),
    *("setup_fee", "monthly_fee", "currency", "purchased_at", "last_billing_date", "next_billing_date"),
    *("application_id", "trunk_group_id", "is_blocked", "is_trial_number", "minimum_commitment_months"),
    *("aadhaar_verification_required", "aadhaar_verified", "source", "whatever"),
]


def _list(*entries: str) -> Script:
    """A list's whole answer, of entries as JSON."""
    body = f'{{"items": [{", ".join(entries)}], "total": {len(entries)}}}'
    return Script(says=Says.BODY, body=body, headers={"Content-Type": "application/json"})


def _among_good_ones(odd: str) -> Script:
    """An entry for each field that is odd there, between two that are not."""
    entries = [f'{{"e164": "+9180690{place:05d}", "{field}": {odd}}}' for place, field in enumerate(FIELDS)]
    return _list('{"id": 1, "e164": "+12125550142"}', *entries, f'{{"id": 2, "e164": "{GOOD}"}}')


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
async def test_whatever_stands_in_an_entry_the_others_are_read(standin: VobizStandIn, vobiz: Vobiz, odd: str) -> None:
    standin.every_read(_among_good_ones(odd))
    offered = [listing.e164 for listing in (await vobiz.browse(country=None)).listings]
    own = await vobiz.own_numbers()
    for found in (offered, [number.e164 for number in own.numbers]):
        assert (found[0], found[-1]) == ("+12125550142", GOOD)
    assert len(own.numbers) + len(own.unreadable) == len(FIELDS) + 2
    assert len(own.unreadable) <= 3
    assert await vobiz.owned(GOOD) is not None


@pytest.mark.parametrize("entry", ["null", "7", '"+918069000142"', "[]", "{}", '{"e164": {}}'])
async def test_an_entry_of_no_form_is_left_out_and_keeps_open_whether_another_number_is_ours(
    standin: VobizStandIn, vobiz: Vobiz, entry: str
) -> None:
    standin.every_read(_list(entry, f'{{"e164": "{GOOD}"}}'))
    assert [listing.e164 for listing in (await vobiz.browse(country=None)).listings] == [GOOD]
    assert [number.e164 for number in (await vobiz.own_numbers()).numbers] == [GOOD]
    assert await vobiz.owned(GOOD) is not None
    with pytest.raises(ProviderUnavailable, match="unreadable"):
        await vobiz.owned(NUMBER)


WRITTEN = [
    *("919876543210", "91 98765-43210", "+91 98765 43210", "+91-98765-43210", "(+91) 98765 43210", "+91 (98765) 43210"),
    *(
        "tel:+919876543210",
        "TEL:+91-98765-43210",
        "tel:919876543210",
        "tel:%2B919876543210",
        "+91\u00a098765\u201143210",
    ),
    *("\u202a+91 98765 43210\u202c", "+91[98765]43210", " + 91 98765 43210 "),
]
UNREADABLE = [
    *("+91 (0) 98765 43210", "0091 98765 43210", "098765 43210", "+919876543210;ext=12", "919876543210.0", "n/a"),
    *("+91 98765 43210 / 11", "+91 98765 4321O", "sip:919876543210@example.test", "tel:", "+91+98765 43210"),
    *(
        "+91 098765 43210",
        "+9109876543210",
        "91 098765 43210",
        "9876543210",
        "98765 43210",
        "9198765432",
        "+44 0121 496 0000",
    ),
    *("9.1987654321e11", "+91,98765", "-919876543210", "\u0669\u0661\u0669\u0668\u0667\u0666\u0665\u0664"),
]


@pytest.mark.parametrize("written", WRITTEN)
async def test_a_number_is_ours_however_it_is_written(standin: VobizStandIn, vobiz: Vobiz, written: str) -> None:
    assert as_e164(written) == GOOD
    standin.every_read(answer({"items": [{"e164": written, "status": "active"}], "total": 1}))
    assert (await vobiz.owned(GOOD)) is not None


@pytest.mark.parametrize("written", ["91 80-6900 0142", "918069000142", "+91 (80) 69000142", "tel:+91-80-6900-0142"])
async def test_a_number_of_ours_is_found_among_many_by_a_search_for_its_digits_however_it_is_written(
    standin: VobizStandIn, vobiz: Vobiz, written: str
) -> None:
    ours = replace(standin.world.numbers[NUMBER], e164=written, owner=standin.master.auth_id)
    others = [replace(ours, id=f"many_{end}", e164=f"+91806910{end:04d}") for end in range(250)]
    standin.world.numbers |= {number.e164: number for number in [*others, ours]}
    del standin.world.numbers[NUMBER]
    owned = await vobiz.owned(NUMBER)
    assert owned is not None
    assert owned.id == ours.id
    assert len(standin.read_calls) == 1


@pytest.mark.parametrize("written", UNREADABLE)
async def test_a_number_that_cannot_be_read_is_told_as_it_is_written_and_not_guessed(
    standin: VobizStandIn, vobiz: Vobiz, written: str
) -> None:
    standin.every_read(answer({"items": [{"e164": written}], "total": 1}))
    with pytest.raises(ProviderUnavailable, match="unreadable"):
        await vobiz.owned(GOOD)
    assert (await vobiz.own_numbers()).unreadable == (written,)


def test_a_number_without_its_plus_that_is_none_of_its_country_is_not_read_as_another_countrys() -> None:
    """9876543210 is a number of India without its code, and one of Iran with it."""
    item = OwnItem.model_validate
    assert item({"e164": "982112345678", "country": "IR"}).e164 == "+982112345678"
    for country in ("in", "IR", None):
        for written in ("9876543210", "9198765432", "0982112345678"):
            with pytest.raises(ValueError, match=r"E\.164"):
                item({"e164": written, "country": country})


@pytest.mark.parametrize("written", ["+39 06 1234 5678", "390612345678", "+225 01 23 45 67 89", "2250123456789"])
def test_a_zero_that_is_part_of_a_number_is_no_trunk_zero(written: str) -> None:
    assert as_e164(written) == f"+{''.join(filter(str.isdigit, written))}"


@pytest.mark.parametrize("number", ["+9991234567", "+2101234567", "+1234567", "+99999999999"])
async def test_a_number_of_a_country_that_is_none_has_none(standin: VobizStandIn, vobiz: Vobiz, number: str) -> None:
    standin.every_read(answer({"items": [{"e164": number}, {"e164": GOOD}], "total": 2}))
    assert [own.country for own in (await vobiz.own_numbers()).numbers][1] == "IN"
    assert [one.e164 for one in (await vobiz.browse(country=None)).listings] == [number, GOOD]
    assert [one.e164 for one in (await vobiz.browse(country="IN")).listings] == [GOOD]


STATUSES: dict[str | None, list[object]] = {
    "active": ["ACTIVE", " Active ", "active"],
    "in_use": ["in-use", "In_Use", "IN USE", "in\u2011use", "in - use"],
    "pending_purchase": ["Pending-Purchase", "pending purchase"],
    "released": ["RELEASED", "Released "],
    "unreadable": [True, {}, ["active"], {"name": "active"}, -1.5],
    None: [None, "", "  "],
}


@pytest.mark.parametrize(("written", "read"), [(text, status) for status in STATUSES for text in STATUSES[status]])
def test_a_status_is_the_same_however_it_is_written_and_only_a_known_good_one_is_usable(
    written: object, read: str | None
) -> None:
    own = OwnItem.model_validate({**OURS, "status": written}).owned()
    assert (own.status, own.is_usable, own.is_released) == (read, read in (None, "active"), read == "released")
    sale = InventoryItem.model_validate({"e164": NUMBER, "status": written})
    assert sale.is_for_sale is own.is_usable


@pytest.mark.parametrize("written", [True, False, {"id": "MA_STANDIN"}, ["MA_STANDIN"], 1.5])
async def test_an_owner_that_cannot_be_read_is_neither_us_nor_nobody(
    standin: VobizStandIn, vobiz: Vobiz, written: bool | dict[str, str] | list[str] | float
) -> None:
    standin.every_read(answer({"items": [{"e164": NUMBER, "account_id": written}], "total": 1}))
    for read in (vobiz.owned, vobiz.find):
        with pytest.raises(ProviderUnavailable, match="unreadable"):
            await read(NUMBER)
    standin.next_purchase(answer({"number": {"e164": NUMBER, "account_id": written}}))
    assert await buy(vobiz) == Unknown(reason="unreadable")


@pytest.mark.parametrize(
    "written",
    [
        *("0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1899-12-30", "9999-12-31T23:59:59Z", "0000-00-00 00:00:00"),
        *("2100-01-01", "0001-01-01T00:00:00+14:00", "yesterday", "", 0, 1790000000, 1790000000000, -1, True, {}, []),
    ],
)
def test_a_time_that_can_be_none_is_not_stated(written: object) -> None:
    own = OwnItem.model_validate({**OURS, "purchased_at": written, "next_billing_date": "2027-01-05"}).owned()
    assert own.purchased_at is None
    assert own.next_billing_at == datetime(2027, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        *[("100.00000000000001", "100"), ("99.99999999999999", "100"), ("0.30000000000000004", "0.3")],
        *[("1.1000000000000003", "1.1"), ("123456789.00000001", "123456789"), ("12.345678000000001", "12.345678")],
        *[("100.50", "100.50"), ("1e2", "1E+2"), ("0.123456", "0.123456")],
    ],
)
def test_the_noise_of_a_double_is_no_part_of_an_amount(written: str, read: str) -> None:
    for form in (Decimal(written), written):
        amount = as_amount(form)
        assert amount is not None
        assert (amount, Money(amount, "INR").plain()) == (Decimal(read), Money(Decimal(read), "INR").plain())


@pytest.mark.parametrize(
    "written",
    [
        "0.1234567",
        "100.0000001",
        "100.000000000001",
        "0.8999999761581421",
        "5.551115123125783e-17",
        "33.33333333333333",
        *('"1,000.00"', '"1 000"', '"1.000,50"', '"₹100"', "-100", "NaN", "true", "[100]"),
    ],
)
async def test_a_smaller_fraction_that_is_no_noise_is_not_rounded_away_and_what_is_no_plain_number_is_said_to_be_none(
    standin: VobizStandIn, vobiz: Vobiz, written: str
) -> None:
    standin.next_read(_list(f'{{"e164": "{NUMBER}", "setup_fee": {written}, "monthly_fee": 1, "currency": "INR"}}'))
    listing = await vobiz.find(NUMBER)
    assert listing is not None
    assert (listing.setup_fee, listing.misstates_fees) == (None, True)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"voice": True, "sms": False, "mms": None}, ("voice",)),
        ({"voice": "true", "sms": "no", "fax": 1}, ("voice", "fax")),
        (["SMS", "Voice"], ("voice", "sms")),
        ("voice, sms", ("voice", "sms")),
        ("Voice|FAX", ("voice", "fax")),
        ([], ()),
        *[(odd, None) for odd in ({"voice": {"enabled": True}}, [{"name": "voice"}], [None], True, 1, "", "yes")],
    ],
)
def test_what_a_number_can_do_is_read_from_an_object_a_list_or_words(written: object, read: tuple[str, ...]) -> None:
    assert OwnItem.model_validate({**OURS, "capabilities": written}).owned().capabilities == read


@pytest.mark.parametrize("months", ["true", "6.5", '"six"', "-1", "1e400", "[6]", "NaN"])
async def test_an_obligation_that_cannot_be_read_keeps_its_number_off_sale(
    standin: VobizStandIn, vobiz: Vobiz, months: str
) -> None:
    standin.every_read(_list(f'{{"e164": "{NUMBER}", "minimum_commitment_months": {months}}}', f'{{"e164": "{GOOD}"}}'))
    assert [listing.e164 for listing in (await vobiz.browse(country=None)).listings] == [GOOD]
    with pytest.raises(ProviderUnavailable, match="unreadable"):
        await vobiz.find(NUMBER)


def _receipt(fields: str) -> Script:
    body = f'{{"number": {{"e164": "{NUMBER}", "account_id": "MA_STANDIN", "currency": "INR", {fields}}}}}'
    return Script(says=Says.BODY, body=body, headers={"Content-Type": "application/json"})


async def test_a_receipt_with_the_noise_of_a_double_tells_its_fees(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.next_purchase(_receipt('"setup_fee": 100.00000000000001, "monthly_fee": 0.9999999999999999'))
    outcome = await buy(vobiz)
    assert isinstance(outcome, Bought)
    assert outcome.number.charge == Money.of("101 INR")


@pytest.mark.parametrize(
    "fields",
    [
        '"setup_fee": 1e1000000000000000000, "monthly_fee": 1',
        f'"setup_fee": {"9" * 5000}, "monthly_fee": 1, "purchased_at": "0001-01-01T00:00:00Z"',
        '"setup_fee": NaN, "monthly_fee": {"amount": 1}, "tags": {"a": 1}, "capabilities": "voice"',
    ],
)
async def test_a_sale_whose_fee_cannot_be_read_is_bought_for_nobody_knows_how_much(
    standin: VobizStandIn, vobiz: Vobiz, fields: str
) -> None:
    standin.next_purchase(_receipt(fields))
    outcome = await buy(vobiz)
    assert isinstance(outcome, Bought)
    assert (outcome.number.charge, outcome.number.purchased_at) == (None, None)


@pytest.mark.parametrize("items", [None, {}, "x", [None], [{"e164": "?"}], 7])
async def test_odd_items_beside_the_number_take_nothing_from_a_sale(
    standin: VobizStandIn, vobiz: Vobiz, items: dict[str, str] | str | list[dict[str, str] | None] | int | None
) -> None:
    standin.next_purchase(answer({"number": OURS, "items": items}))
    assert isinstance(await buy(vobiz), Bought)


@pytest.mark.parametrize("error", [True, ["x"], {"code": ["x"]}, 7, "x"])
async def test_a_receipt_beside_an_error_in_any_form_is_unknown(
    standin: VobizStandIn, vobiz: Vobiz, error: bool | list[str] | dict[str, list[str]] | int | str
) -> None:
    standin.next_purchase(answer({"number": OURS, "error": error}))
    outcome = await buy(vobiz)
    assert isinstance(outcome, Unknown)
    assert outcome.reason == "unreadable"
