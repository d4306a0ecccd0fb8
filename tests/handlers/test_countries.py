"""Countries by every name people have for them: typed, narrowed down by in a list, and in the name of a place."""

import pytest

from handlers.countries import matching, named_country, place


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("india", ("IN", "")),
        ("80 india", ("IN", "80")),
        ("Mumbai, India", ("IN", "Mumbai")),
        ("Mumbai (India)", ("IN", "Mumbai")),
        ("India: 80", ("IN", "80")),
        ("india,80", ("IN", "80")),
        ("80 IN", ("IN", "80")),
        ("India (80)", ("IN", "(80)")),
        ("80 in the uk", ("GB", "80 in")),
        ("The U.K.", ("GB", "")),
        ("united states of america 212", ("US", "212")),
        ("hong kong", ("HK", "")),
        ("Turkey", ("TR", "")),
        ("türkiye", ("TR", "")),
        ("czech republic", ("CZ", "")),
        ("cote d'ivoire", ("CI", "")),
        ("Burma", ("MM", "")),
        ("saint lucia", ("LC", "")),
        ("bosnia and herzegovina", ("BA", "")),
        ("american samoa", ("AS", "")),
        ("new jersey", None),
        ("sms in bulk", None),
        ("Mumbai", None),
        ("", None),
    ],
)
def test_a_country_is_found_by_any_of_its_names_wherever_it_stands(asked: str, named: tuple[str, str] | None) -> None:
    assert named_country(asked) == named


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("in", ["IN", "ID"]),
        ("united", ["AE", "GB", "US"]),
        (" US ", ["US"]),
        ("kingdom", ["SA", "GB"]),
        ("uk", ["GB", "UA"]),
        ("u.k.", ["GB"]),
        ("usa", ["US"]),
        ("uae", ["AE"]),
        ("engl", ["GB"]),
        ("cote", ["CI"]),
        ("", ["AF", "AL"]),
        ("atlantis", []),
        ("?", []),
    ],
)
def test_a_list_of_countries_begins_with_those_that_are_called_so_then_that_begin_so(
    typed: str, first: list[str]
) -> None:
    assert matching(typed)[: len(first) or 1] == first


@pytest.mark.parametrize(
    ("code", "region", "said"),
    [
        ("IN", "Mumbai", "Mumbai, India"),
        ("IN", None, "India"),
        (None, "Mumbai", "Mumbai"),
        ("SG", "Singapore", "Singapore"),
        ("HK", "Hong Kong", "Hong Kong SAR China"),
        ("IN", "Mumbai, India", "Mumbai, India"),
        ("IN", "India / Mumbai", "Mumbai, India"),
        ("IN", "Mumbai (IN)", "Mumbai, India"),
        ("GB", "UK", "United Kingdom"),
        ("TR", "Turkey", "Türkiye"),
        ("US", "Gary, IN", "Gary, IN, United States"),
        ("US", "New Mexico", "New Mexico, United States"),
        ("MX", "Mexico City", "Mexico City, Mexico"),
        ("AU", "Western Australia", "Western Australia, Australia"),
    ],
)
def test_a_place_names_its_country_once(code: str | None, region: str | None, said: str) -> None:
    assert place(code, region) == said
