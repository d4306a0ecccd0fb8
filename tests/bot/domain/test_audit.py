"""The chain's arithmetic: an entry's hash covers everything in it, and with it everything before it."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from bot.domain.audit import BEGINNING, BOT, GENESIS, SHOWN, Entry, Written, canonical, digest, entry, fault
from bot.domain.facts import Facts
from bot.domain.request import RequestId
from bot.domain.trail import Event
from tests.harness.builders import ASKER, BOSS, NOON

quick = settings(derandomize=True, deadline=None, max_examples=150)

REQUEST = RequestId("ab" * 16)

SAFE = st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | SAFE | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
FACTS = st.dictionaries(st.text(max_size=6), JSON, max_size=4)
TIMES = st.datetimes(timezones=st.just(UTC))


FIRST = entry(
    seq=1,
    at=NOON,
    actor=ASKER,
    event=Event.REQUESTED,
    request=REQUEST,
    facts={"reason": "für the support line", "charge": "101"},
    before=GENESIS,
)


def _computed(kept: Entry) -> str:
    """The hash as a reader of the stored fields computes it."""
    return digest(kept.seq, kept.at, kept.actor, kept.event, kept.request, kept.data, kept.before)


def test_the_hash_is_the_same_in_every_version_since_slack_shows_it() -> None:
    assert FIRST.data == '{"charge":"101","reason":"für the support line"}'
    assert FIRST.hash == "c97a6334d2f7ec0e55b6aaa17bffdd6a8350536a9494455448973dea2910329c"
    assert (FIRST.mark, SHOWN) == (f"#1 {FIRST.hash[:12]}", 12)
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    other = entry(seq=42, at=moment, actor=BOT, event=Event.REQUEST_REFUSED, request=None, facts={}, before="ab" * 32)
    assert other.hash == "c36bb13ce508b82f8ac76311498e0530484fe90d83a04229142efd427be1bd0a"
    older = replace(FIRST, data=r'{"charge":"101","reason":"f\u00fcr the support line"}')
    assert _computed(older) == "2ac88f1dd67566bd4311e5c174895e76ccecb7eda6b1803e8420995ea64b13c2"


@quick
@given(st.lists(FACTS, min_size=1, max_size=5), TIMES)
def test_entries_chain_and_their_stored_fields_give_their_hashes_and_facts(told: list[Facts], at: datetime) -> None:
    chain: list[Entry] = []
    for seq, facts in enumerate(told, start=1):
        before = chain[-1].hash if chain else GENESIS
        chain.append(entry(seq=seq, at=at, actor=BOSS, event=Event.VOTED, request=REQUEST, facts=facts, before=before))
    assert all(_computed(kept) == kept.hash for kept in chain)
    assert all(later.before == earlier.hash for earlier, later in pairwise(chain))
    assert [json.loads(kept.data) for kept in chain] == told


CHANGED: dict[str, Entry] = {
    "seq": replace(FIRST, seq=2),
    "at": replace(FIRST, at=NOON + timedelta(microseconds=1)),
    "actor": replace(FIRST, actor=BOSS),
    "event": replace(FIRST, event=Event.APPROVED),
    "request": replace(FIRST, request=RequestId("cd" * 16)),
    "no request": replace(FIRST, request=None),
    "data": replace(FIRST, data='{"charge":"101","reason":"f\\u00fcr the support line"}'),
    "before": replace(FIRST, before="1" + GENESIS[1:]),
}


@pytest.mark.parametrize("changed", CHANGED.values(), ids=CHANGED)
def test_an_entry_changed_later_no_longer_has_its_hash(changed: Entry) -> None:
    assert _computed(changed) != changed.hash


@quick
@given(st.text(max_size=6), st.text(max_size=6), st.text(max_size=6), st.text(max_size=6))
def test_no_two_splits_of_the_same_characters_hash_alike(actor: str, data: str, actor2: str, data2: str) -> None:
    one = digest(1, NOON, actor, Event.VOTED, None, data, GENESIS)
    other = digest(1, NOON, actor2, Event.VOTED, None, data2, GENESIS)
    assert (one == other) is ((actor, data) == (actor2, data2))


def test_the_same_moment_of_another_time_zone_hashes_alike() -> None:
    india = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert _computed(replace(FIRST, at=india)) == FIRST.hash


@quick
@given(FACTS)
@example({"\U0001f4de": "astral first", "\ufb33": "as UTF-16 has it", "\x7f": "\u2028/\x00\x1f\b", "": -(2**53) + 1})
def test_canonical_json_is_what_rfc_8785_says(facts: dict[str, JsonValue]) -> None:
    written = canonical(facts)
    assert written.encode() == rfc8785.dumps(facts)
    assert written == canonical(json.loads(written))


@quick
@given(SAFE, st.text(max_size=6), st.text(max_size=6), st.none() | st.just(REQUEST), TIMES)
def test_a_hash_covers_the_fields_as_rfc_8785_writes_them(
    seq: int, actor: str, data: str, request: RequestId | None, at: datetime
) -> None:
    covered = rfc8785.dumps([seq, at.isoformat(timespec="microseconds"), actor, "voted", request, data, GENESIS])
    assert digest(seq, at, actor, Event.VOTED, request, data, GENESIS) == hashlib.sha256(covered).hexdigest()


@quick
@given(FACTS, st.floats(), st.sampled_from(["value", "list", "mapping"]))
@example({}, 101.0, "value")
@example({}, float("nan"), "mapping")
def test_a_float_is_refused_however_deep_and_whole(facts: dict[str, JsonValue], amount: float, place: str) -> None:
    nested: dict[str, JsonValue] = {"value": amount, "list": [1, [2, {"a": amount}]], "mapping": {"amount": amount}}
    with pytest.raises(ValueError, match="never as floats"):
        canonical({**facts, "somewhere": nested[place]})


def test_whole_numbers_and_truths_are_no_floats() -> None:
    assert canonical({"b": True, "a": 2**53 - 1}) == '{"a":9007199254740991,"b":true}'


@pytest.mark.parametrize("beyond", [2**53, -(2**53)])
def test_a_whole_number_that_some_readers_would_round_is_refused(beyond: int) -> None:
    with pytest.raises(ValueError, match="written as text"):
        canonical({"a": [beyond]})


def test_half_a_surrogate_pair_is_told_as_one_that_was_lost() -> None:
    assert canonical({"said\ud83d": ["\ude00 ok", "\U0001f600"]}) == '{"said\ufffd":["\ufffd ok","\U0001f600"]}'


FIVE = st.lists(FACTS, min_size=5, max_size=5)


def _chain(told: list[Facts]) -> list[Written]:
    chain: list[Written] = []
    for seq, facts in enumerate(told, start=1):
        before = chain[-1].hash if chain else GENESIS
        made = entry(seq=seq, at=NOON, actor=BOSS, event=Event.VOTED, request=REQUEST, facts=facts, before=before)
        at = int(NOON.timestamp()) * 10**6
        chain.append(Written(seq, at, made.actor, made.event, made.request, made.data, made.before, made.hash))
    return chain


def _first_fault(chain: list[Written]) -> str | None:
    last = BEGINNING
    for found in chain:
        if (wrong := fault(last, found)) is not None:
            return wrong
        last = found.link
    return None


@quick
@given(FIVE, st.permutations(range(5)), st.integers(0, 4))
def test_a_chain_that_lacks_an_entry_or_has_its_own_in_another_order_is_broken(
    told: list[Facts], order: list[int], lacks: int
) -> None:
    chain = _chain(told)
    assert _first_fault(chain) is None
    left = [*chain[:lacks], *chain[lacks + 1 :]]
    assert (_first_fault(left) is None) is (lacks == 4)
    renumbered = [found._replace(seq=seq) for seq, found in enumerate(left, start=1)]
    assert (_first_fault(renumbered) is None) is (lacks == 4)
    shuffled = [chain[place]._replace(seq=seq) for seq, place in enumerate(order, start=1)]
    assert (_first_fault(shuffled) is None) is (order == sorted(order))


@quick
@given(FIVE, st.integers(0, 4), st.sampled_from(["actor", "event", "request", "data", "before", "hash"]), st.data())
def test_an_entry_with_any_character_changed_is_the_first_that_is_wrong(
    told: list[Facts], place: int, field: str, draw: st.DataObject
) -> None:
    chain = _chain(told)
    was = getattr(chain[place], field)
    at = draw.draw(st.integers(0, len(was) - 1))
    becomes = draw.draw(st.characters(exclude_characters=was[at], exclude_categories=["Cs"]))
    changed: dict[str, Any] = {field: f"{was[:at]}{becomes}{was[at + 1 :]}"}
    chain[place] = chain[place]._replace(**changed)
    assert f"#{place + 1} " in (_first_fault(chain) or "")
