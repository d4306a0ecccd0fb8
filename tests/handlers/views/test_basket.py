"""The card of a basket in its states, and how one decision about all of it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain import trail
from bot.domain.basket import digest_of
from bot.domain.facts import TermsTold
from bot.domain.numbers import e164
from bot.domain.request import Failure, PurchaseRequest, Status
from bot.domain.shown import Listed, Shown, ShownBasket
from bot.domain.terms import Terms
from bot.sandbox.slack.shapes import objects_of
from handlers.views.basket import card
from handlers.views.card import APPROVE, DENY, WITHDRAW
from handlers.views.lists import home, status_list
from handlers.views.replies import reply
from tests.handlers.views.cases import BOUND, REFUSED, asked_again, paid, sold, stood
from tests.handlers.views.sight import buttons, message_as_seen, sent
from tests.harness.builders import BOSS, CHIEF, a_request, a_shown, a_vote, an_attempt, an_entry, asked_for
from tests.harness.builders import some_terms as terms_of

CARD = "ca" * 16
OFFICE = (terms_of(), terms_of("249.50+499 INR", number="+918069000143"), terms_of("5+2 USD", number="+14155550123"))
DENIED = trail.Denied(reason="we have enough of them")


def asked(*terms: Terms) -> list[PurchaseRequest]:
    return [
        a_request(id=f"{no:032x}", terms=each, reason="the office", card=CARD, basket=CARD)
        for no, each in enumerate(terms, 1)
    ]


def waiting(*terms: Terms, voters: tuple[str, ...] = (), needed: int = 1) -> ShownBasket:
    made = asked(*terms)
    told = [asked_for(each, in_month=stood("450") if each.terms.currency == "INR" else None) for each in made]
    return ShownBasket(
        tuple(
            replace(
                a_shown(each, entry=an_entry(what, seq=no, request=each), voters=voters, votes_needed=needed),
                together=tuple(made),
            )
            for no, (each, what) in enumerate(zip(made, told, strict=True), 1)
        )
    )


def ended(*ends: tuple[Status, trail.AnyTold], voters: tuple[str, ...] = (BOSS,), actor: str = "bot") -> ShownBasket:
    made = [replace(each, status=status) for each, (status, _) in zip(asked(*OFFICE), ends, strict=True)]
    return ShownBasket(
        tuple(
            replace(
                a_shown(each, entry=an_entry(told, seq=no, actor=actor, request=each), voters=voters),
                attempt=an_attempt(asks_people=True) if each.status is Status.CHECKING else None,
                together=tuple(made),
            )
            for no, (each, (_, told)) in enumerate(zip(made, ends, strict=True), 7)
        )
    )


def left(shown: Shown) -> Shown:
    return replace(shown, request=replace(shown.request, card="cc" * 16), together=())


SOLD = sold(paid=paid("101 INR"))
FAILED = trail.Failed(error=Failure.REJECTED, said=REFUSED)
UNKNOWN = trail.Checking(attempt="aa" * 16)


def approved(of: Terms) -> trail.AnyTold:
    return a_vote(a_request(terms=of), BOSS)


BY_ITSELF = ended((Status.PURCHASED, SOLD), (Status.FAILED, FAILED), (Status.CHECKING, UNKNOWN))

CARDS: Mapping[str, ShownBasket] = {
    "waiting": waiting(terms_of(), terms_of(number="+918069000143"), terms_of(number="+918069000144")),
    "waiting, one of two votes, two currencies, one binds": waiting(
        *OFFICE, replace(BOUND, e164=OFFICE[0].e164), voters=(BOSS,), needed=2
    ),
    "approved": ended(*[(Status.APPROVED, approved(each)) for each in OFFICE]),
    "each ended by itself": BY_ITSELF,
    "one of it left": ShownBasket((left(BY_ITSELF.members[0]), *BY_ITSELF.members[1:])),
    "denied": ended(*[(Status.DENIED, DENIED)] * 3, voters=(), actor=BOSS),
}


@pytest.mark.parametrize("name", CARDS)
def test_the_card_of_a_basket_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(card(CARDS[name])) == snapshot


def test_of_each_number_it_says_how_that_was_denied_before() -> None:
    first, second, third = CARDS["waiting"].members
    denial = an_entry(DENIED, seq=3, actor=CHIEF, request=second.request)
    said = card(ShownBasket((first, replace(second, denied_before=denial), third)))
    for words in (said.text, str(said.blocks)):
        assert words.count("Denied before") == 1
        assert f"+91 80 6900 0143: *Denied before* by <@{CHIEF}>" in words


def test_its_buttons_carry_the_basket_and_the_digest_of_all_its_terms() -> None:
    shown = CARDS["waiting"]
    value = f"{CARD}.{digest_of(shown.members[0].together)}"
    found = buttons(card(shown).blocks)
    assert {action: found[action]["value"] for action in (APPROVE, DENY, WITHDRAW)} == dict.fromkeys(
        (APPROVE, DENY, WITHDRAW), value
    )
    assert "₹303" in str(found[APPROVE])


def test_ten_numbers_with_everything_that_binds_fit_into_one_message_and_none_is_cut() -> None:
    numbers = [e164(f"+9180690001{no}") for no in range(42, 52)]
    shown = waiting(*(replace(BOUND, e164=each) for each in numbers)).members[0]
    together = tuple(replace(request, region="x" * 999) for request in shown.together)
    said = card(ShownBasket((replace(shown, together=together),)))
    for number in numbers:
        assert sum(f"{number[3:5]} {number[5:9]} {number[9:]}*" in str(block) for block in said.blocks) == 1
    assert str(said.blocks).count("6-month minimum, ₹5,000 in all") == 10
    assert "commits to ₹50,000" in str(buttons(said.blocks)[APPROVE])


DECISIONS: Sequence[trail.OfDecision] = (
    trail.Voted(terms=TermsTold.of(OFFICE[0]), needed=2, voters=(BOSS,)),
    trail.Approved(terms=TermsTold.of(OFFICE[0]), voters=(BOSS, CHIEF)),
    DENIED,
    trail.Withdrawn(),
    trail.Expired(),
    trail.Reminded(),
    trail.ChangesRequested(question="Why three?"),
    trail.Answered(answer="One a desk.", question="Why three?", asked_by=BOSS),
)


@pytest.mark.parametrize("told", DECISIONS, ids=lambda told: told.event.value)
def test_a_decision_is_told_once_for_all_that_it_is_about(told: trail.OfDecision) -> None:
    made = asked(*OFFICE)
    entry = an_entry(told.of_all(made), actor=BOSS, request=made[0])
    said = reply(a_shown(made[0], entry=entry)).text
    assert "3 numbers (+91 80 6900 0142, +91 80 6900 0143, +1 415-555-0123)" in said


def test_what_leaves_says_so_where_the_others_are() -> None:
    told = asked_again(why=trail.WhyAgain.LAPSED, left=CARD)
    shown = a_shown(asked(*OFFICE)[0])
    assert "a message of its own" in reply(replace(shown, entry=an_entry(told, request=shown.request))).text


def test_lists_lead_to_the_message_where_all_its_terms_stand_and_its_requester_withdraws_all_of_it() -> None:
    members = CARDS["waiting"].members
    listed = Listed(own=members, waiting=members[:1])
    rows = objects_of(sent(home(listed)), "blocks")
    found = [button for row in rows if row["type"] == "actions" for button in objects_of(row, "elements")]
    value = f"{CARD}.{digest_of(members[0].together)}"
    assert [(button["action_id"], button["value"]) for button in found][1:] == [(WITHDRAW, value)]
    said = status_list(listed).text
    assert said.count("Waiting: 3 numbers") == 2
    assert "Decide on its message." in said
