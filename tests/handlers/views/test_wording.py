import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.money import Money
from handlers.views import wording

quick = settings(derandomize=True, deadline=None, max_examples=150)

# What people type to break out, mixed with anything.
breakouts = st.sampled_from(["&lt;", "&amp;", "<!channel>", "<@U1>", "<!here|x>", "@here", "@channel", *"<>&*_~`"])
hostile = st.lists(breakouts | st.text(max_size=6), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("R&D <beta>", "R&amp;D &lt;beta&gt;"),
        ("&lt;", "&amp;lt;"),
        ("<!channel>", "&lt;!channel&gt;"),
        ("<@U012>", "&lt;@\u2060U012&gt;"),
        ("@here now", "@\u2060here now"),
        ("x@Channel", "x@\u2060Channel"),
        ("x@here_y", "x@\u2060here_y"),
        ("ask @ana", "ask @\u2060ana"),
        ("ana@team.example", "ana@team.example"),
        ("3 @ 5", "3 @ 5"),
        ("*b* _i_ ~s~ `c`", "\u2217b\u2217 \u02cdi\u02cd \u223cs\u223c \u02cbc\u02cb"),
        ("```x```", "\u02cb\u02cb\u02cbx\u02cb\u02cb\u02cb"),
        ("snake_case 3*4 1~2", "snake_case 3*4 1~2"),
        ("a`b`c", "a\u02cbb\u02cbc"),
        ("two\nlines", "two\nlines"),
        ("> said", "\u2060&gt; said"),
        ("one\n >> two", "one\n\u2060 &gt;&gt; two"),
        ("1 > 0", "1 &gt; 0"),
        ("a\x00b\x1bc", "a b c"),
        ("\u202eevil", "evil"),
        ("plain words, 100% \u2013 ok!", "plain words, 100% \u2013 ok!"),
    ],
)
def test_what_people_wrote_is_shown_as_written_and_does_nothing(text: str, escaped: str) -> None:
    assert wording.escape(text) == escaped


@quick
@given(hostile)
def test_nothing_special_survives_escaping(text: str) -> None:
    escaped = wording.escape(text)
    assert not set("<>`") & set(escaped)
    assert re.search("&(?!(?:amp|lt|gt);)", escaped) is None
    assert re.search("@(?:here|channel|everyone)(?![A-Za-z0-9])", escaped, re.IGNORECASE) is None
    assert re.search(r"^\s*&gt;", escaped, re.MULTILINE) is None
    assert re.search(r"(?<![A-Za-z0-9])[*_~]|[*_~](?![A-Za-z0-9])", escaped) is None
    escaped.encode()


@pytest.mark.parametrize(
    ("text", "limit", "result"),
    [
        ("hello", 5, "hello"),
        ("hello", 4, "hel…"),
        ("hi there", 4, "hi…"),
        ("a&amp;b", 6, "a…"),
        ("a&amp;bc", 7, "a&amp;…"),
        ("hi <@U0123> x", 9, "hi…"),
        ("see <https://x.example|here> now", 30, "see <https://x.example|here>…"),
        ("at <!date^1^{date}|then> or", 26, "at <!date^1^{date}|then>…"),
        ("👍👍👍", 5, "👍👍…"),
        ("e\u0301e\u0301", 3, "e\u0301…"),
        ("hello", 1, "…"),
        ("hello", 0, ""),
        ("", 0, ""),
    ],
)
def test_a_text_is_cut_between_whole_pieces(text: str, limit: int, result: str) -> None:
    assert wording.cut(text, limit) == result


@quick
@given(hostile, st.integers(min_value=0, max_value=60))
def test_a_cut_text_is_never_too_long_and_never_ends_in_half_an_entity(text: str, limit: int) -> None:
    escaped = wording.escape(text)
    cut = wording.cut(escaped, limit)
    assert len(cut.encode("utf-16-le")) // 2 <= limit
    assert re.search("&(?!(?:amp|lt|gt);)", cut) is None
    assert cut == escaped or escaped.startswith(cut.removesuffix("…"))


SHOWN: Mapping[Callable[[str], str], Mapping[str, str]] = {
    wording.one_line: {"R&D <b> *b*": "R&D <b> *b*", " two\n\tlines ": "two lines", "\u202enew\u200b": "new", "": ""},
    wording.reason: {
        " for the\n support\tline ": "for the support line",
        "\u202egnp\u200b": "gnp",
        " \n ": "",
        "x" * 600: "x" * 500,
        "x" * 499 + " y": "x" * 499,
    },
    wording.number: {
        "+919876543210": "+91 98765 43210",
        "+4930901820": "+49 30 901820",
        "+14155552671": "+1 415-555-2671",
        "+390612345678": "+39 06 1234 5678",
        "+440201234567": "+440201234567",
        "+999123456789": "+999123456789",
        "not a number": "not a number",
    },
    wording.country: {"IN": "India", "gb": "United Kingdom", "XK": "Kosovo", "QQ": "QQ", "": ""},
    wording.flag: {"IN": "🇮🇳", "sg": "🇸🇬", "xxx": "", "": ""},
    wording.mention_approver: {"U012ABC": "<@U012ABC>", "W012ABC": "<@W012ABC>", "S012ABC": "<!subteam^S012ABC>"},
    wording.actor: {"bot": "the bot", "operator": "an operator", "U012ABC": "<@U012ABC>", "<!here>": "&lt;!here&gt;"},
    wording.begun: {"it was": "It was", "<@U1> said so": "<@U1> said so", "It IS": "It IS", "": ""},
}


@pytest.mark.parametrize(
    ("show", "given", "shown"),
    [(show, given, shown) for show, table in SHOWN.items() for given, shown in table.items()],
)
def test_it_is_shown_as_people_write_it(show: Callable[[str], str], given: str, shown: str) -> None:
    assert show(given) == shown


@quick
@given(
    st.sampled_from(["+91", "+1", "+44", "+49", "+39", "+54", "+999"]), st.text("0123456789", min_size=6, max_size=12)
)
def test_a_shown_number_has_exactly_the_digits_it_stands_for(country: str, rest: str) -> None:
    e164 = country + rest
    assert "+" + re.sub(r"\D", "", wording.number(e164)) == e164


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("1234.5 INR", "₹1,234.50"),
        ("100000 INR", "₹100,000"),
        ("100.00 INR", "₹100"),
        ("100.5000 INR", "₹100.50"),
        ("0.012500 INR", "₹0.0125"),
        ("0.999999 USD", "US$0.999999"),
        ("12 SGD", "S$12"),
        ("9.95 GBP", "£9.95"),
        ("1.75 EUR", "€1.75"),
        ("1000 JPY", "JP¥1,000"),
        ("0.5 JPY", "JP¥0.5"),
        ("1 KWD", "KWD\u00a01"),
        ("1.5 KWD", "KWD\u00a01.500"),
        ("1E+3 INR", "₹1,000"),
        ("-5 USD", "-US$5"),
        ("-0 USD", "US$0"),
        ("9223372036854.775807 INR", "₹9,223,372,036,854.775807"),
        ("1.5 ZZZ", "ZZZ\u00a01.50"),
    ],
)
def test_an_amount_is_whole_or_has_its_usual_digits_and_every_one_that_counts(amount: str, shown: str) -> None:
    assert wording.money(Money.of(amount)) == shown


@quick
@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6), st.sampled_from(["INR", "USD", "JPY", "KWD"]))
def test_an_amount_is_never_rounded(amount: Decimal, currency: str) -> None:
    shown = wording.money(Money(amount, currency))
    assert Decimal(re.sub(r"[^-0-9.]", "", shown)) == amount


@pytest.mark.parametrize(
    ("year", "shown"),
    [(None, "November"), (2026, "November"), (2027, "November 2026")],
    ids=["no year", "same", "other"],
)
def test_a_month_has_a_name_and_its_year_in_another_one(year: int | None, shown: str) -> None:
    assert wording.month_name("2026-11", None if year is None else MOMENT.replace(year=year)) == shown


MOMENT = datetime(2026, 11, 24, 10, 30, 59, tzinfo=UTC)


@pytest.mark.parametrize("moment", [MOMENT, MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30)))])
def test_a_time_is_shown_in_each_readers_zone_and_in_utc_elsewhere(moment: datetime) -> None:
    assert wording.when(moment) == "<!date^1795516259^{date_short_pretty} at {time}|24 Nov 2026, 10:30 UTC>"
    assert wording.when_plain(moment) == "24 Nov 2026, 10:30 UTC"


@pytest.mark.parametrize("show", [wording.when, wording.when_plain])
def test_a_time_without_its_zone_is_refused(show: Callable[[datetime], str]) -> None:
    with pytest.raises(ValueError, match="without its zone"):
        show(MOMENT.replace(tzinfo=None))


@pytest.mark.parametrize("mention", [wording.mention, wording.mention_approver, wording.mention_channel])
def test_what_is_no_id_mentions_nobody(mention: Callable[[str], str]) -> None:
    assert mention("U1> <!channel") == "U1&gt; &lt;!channel"
    assert mention("bot") == "bot"


@pytest.mark.parametrize(("parts", "joined"), [("", ""), ("a", "a"), ("ab", "a and b"), ("abc", "a, b and c")])
def test_parts_are_joined_as_in_speech(parts: str, joined: str) -> None:
    assert wording.join([*parts]) == joined
