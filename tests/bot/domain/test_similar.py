"""What is offered instead of a number that was sold to somebody else."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.similar import OFFERED, Similar, similar
from tests.harness.builders import ACCOUNT, a_listing, a_request, some_terms

quick = settings(derandomize=True, deadline=None, max_examples=100)

REQUEST = a_request("100+1 INR")


def _number(no: int) -> str:
    return f"+9180690{no:05}"


def test_the_same_region_comes_first_then_the_nearest_charge() -> None:
    listings = [
        a_listing("100+1 INR", number=_number(1), region="Delhi"),
        a_listing("150+1 INR", number=_number(2)),
        a_listing("60+1 INR", number=_number(3)),
        a_listing("90+1 INR", number=_number(4), region=None),
    ]
    assert [found.e164 for found in similar(listings, REQUEST)] == [_number(3), _number(2), _number(1)]


def test_at_most_three_are_offered() -> None:
    listings = [a_listing(number=_number(no)) for no in range(9)]
    assert [found.e164 for found in similar(listings, REQUEST)] == [_number(no) for no in range(3)]


def test_only_what_can_be_requested_in_the_same_country_and_currency_is_offered() -> None:
    listings = [
        a_listing(),
        a_listing(number=_number(1), country="US"),
        a_listing("100+1 USD", number=_number(2)),
        a_listing(None, number=_number(3)),
        a_listing(number=_number(4), blocked=True),
    ]
    assert similar(listings, REQUEST) == []


def test_an_offer_carries_the_digest_of_what_it_costs_now() -> None:
    (found,) = similar([a_listing("80.50+2 INR", number=_number(1), months=12)], REQUEST)
    assert found.digest == some_terms("80.50+2 INR", number=_number(1), months=12, account=ACCOUNT).digest
    assert (found.setup_fee.plain(), found.monthly_fee.plain(), found.region) == ("80.50", "2", "Bengaluru")


def test_what_was_offered_is_read_as_it_was_written() -> None:
    offered = similar([a_listing("80.50+2 INR", number=_number(no), region=None) for no in range(3)], REQUEST)
    assert [Similar.model_validate(other.facts()) for other in offered] == offered


OFFERS = st.tuples(st.sampled_from(["1+1", "100+1", "101+0"]), st.sampled_from(["Bengaluru", "Delhi", None]))


@quick
@given(offered=st.lists(OFFERS, max_size=12))
def test_nobody_nearer_is_left_out(offered: list[tuple[str, str | None]]) -> None:
    listings = [
        a_listing(f"{fees} INR", number=_number(no), region=region) for no, (fees, region) in enumerate(offered)
    ]
    found = similar(listings, REQUEST)
    distances = [
        (region != "Bengaluru", abs(some_terms(f"{fees} INR").charge.amount - 101)) for fees, region in offered
    ]
    assert [distances[int(other.e164[-5:])] for other in found] == sorted(distances)[:OFFERED]
