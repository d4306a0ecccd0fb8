"""What is decided together: one digest over all its terms, and a sum for each currency."""

from bot.domain import basket
from bot.domain.money import Money
from tests.harness.builders import a_request, some_terms

ONE, OTHER, DOLLARS = (
    a_request("100+1 INR"),
    a_request("50+0.50 INR", number="+918069000143"),
    a_request("3+2 USD", number="+14155550123"),
)


def test_the_digest_is_that_of_all_the_terms_in_any_order_and_of_one_request_its_own() -> None:
    digests = [basket.digest_of(some) for some in ([ONE, OTHER], [OTHER, ONE], [ONE], [OTHER], [ONE, OTHER, DOLLARS])]
    assert digests[0] == digests[1]
    assert digests[2] == ONE.terms.digest
    assert len({*digests}) == 4
    dearer = a_request("100+2 INR")
    assert basket.digest_of([dearer, OTHER]) != digests[0]


def test_each_currency_has_its_own_sum() -> None:
    bound = a_request(terms=some_terms("10+1 INR", number="+918069000144", months=12))
    together = [ONE, DOLLARS, OTHER, bound]
    assert basket.charged_by(together) == (Money.of("162.50 INR"), Money.of("5 USD"))
    assert basket.committed_by(together) == (Money.of("173.50 INR"), Money.of("5 USD"))
