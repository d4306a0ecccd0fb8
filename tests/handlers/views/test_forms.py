"""The two forms: what they ask, and what they remember."""

from collections.abc import Mapping

import pytest
from pydantic import JsonValue
from syrupy.assertion import SnapshotAssertion

from bot.domain.numbers import Listing
from bot.domain.request import RequestId
from bot.domain.terms import Terms
from bot.sandbox.slack.blocks import check_view
from handlers.views import forms
from handlers.views.blocks import paragraph
from handlers.views.request import not_for_sale
from tests.handlers.views.sight import sent, view_as_seen
from tests.harness.builders import ACCOUNT, CHANNEL, NUMBER, a_listing

STATE = forms.PickerState(channel=CHANNEL, country="IN", search="80 sms")
BOUND = a_listing("500+750 INR", months=6, identity_check=True, trial=None, capabilities=("voice", "sms"))
OTHER = a_listing("0+1.50 USD", number="+918069000187")


def terms(listing: Listing, account: str = ACCOUNT) -> Terms:
    return Terms.offered(listing, account)


FORMS: Mapping[str, Mapping[str, JsonValue]] = {
    "deny": forms.deny_form(RequestId("5e" * 16), "d1" * 16),
    "deny a known number": forms.deny_form(RequestId("5e" * 16), "d1" * 16, NUMBER),
    "ask about": forms.question_form(f"{'5e' * 16}.{'d1' * 16}"),
    "ask about a known number": forms.question_form(f"{'5e' * 16}.{'d1' * 16}", NUMBER, CHANNEL),
    "answer": forms.answer_form(f"{'5e' * 16}.8"),
    "answer a known question": forms.answer_form(f"{'5e' * 16}.8", "Is <one> *enough*?", CHANNEL),
    "picker": forms.picker(STATE, found="12 numbers fit."),
    "picker from anywhere, with a reason": forms.picker(
        forms.PickerState(channel="", country="IN"), reason="the support line"
    ),
    "picker with the only number and its terms": forms.picker(
        STATE.model_copy(update={"slot": NUMBER}),
        found="1 number fits.",
        chosen=[BOUND],
        below=forms.offered_terms([(BOUND, terms(BOUND))]),
    ),
    "picker with several": forms.picker(
        STATE, chosen=[BOUND, OTHER], most=3, below=forms.offered_terms([(BOUND, terms(BOUND)), (OTHER, terms(OTHER))])
    ),
    "picker with terms of a sub-account": forms.picker(
        STATE, below=forms.offered_terms([(a_listing(), terms(a_listing(), "SA_SUB1"))])
    ),
    "picker with why not": forms.picker(STATE, below=[paragraph(not_for_sale("This number", "monthly fee"))]),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_form_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert view_as_seen(FORMS[name]) == snapshot
    assert check_view(sent(FORMS[name])) == []


def test_a_reason_that_is_too_long_to_send_is_filled_in_as_far_as_slack_takes_it() -> None:
    form = forms.picker(STATE, reason="x" * 9_000)
    assert check_view(sent(form)) == []
    assert "x" * 3_000 in str(form)


def test_a_digest_counts_for_the_number_whose_terms_are_on_show_alone() -> None:
    state = STATE.model_copy(update={"shown": forms.ShownTerms(numbers=(NUMBER,), digest="d1" * 16)})
    assert state.digest_of([NUMBER]) == "d1" * 16
    assert state.digest_of([NUMBER, "+918069000187"]) is None
    assert STATE.digest_of([NUMBER]) is None
