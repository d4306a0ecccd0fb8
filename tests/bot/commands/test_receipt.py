"""`receipt`: what it says follows from its entries, and no byte of it can be changed unseen."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.receipt import Checked, check
from tests.bot.commands.conftest import on_a_bench
from tests.harness.builders import ASKER, BOSS, NUMBER, a_request, an_owned_number
from tests.harness.process import Run
from tests.harness.stores import lay_down_a_database
from tests.harness.workbench import Workbench


async def _a_purchase(bench: Workbench) -> str:
    """Beside another request, which is asked for and denied in between."""
    other = await bench.a_request(a_request(number="+918069000199", reason="für später"), ts="8.000008")
    bought = await bench.a_purchase()
    await bench.deny(other)
    bench.clock.advance(timedelta(seconds=1))
    bench.provider.others = [an_owned_number()]
    await bench.plan_sweep()
    await bench.sweep()
    return bought.id


@pytest.fixture
def bought(tmp_path: Path) -> str:
    return on_a_bench(tmp_path, _a_purchase)


def test_it_says_what_was_asked_approved_called_and_charged_and_is_whole(run: Run, tmp_path: Path, bought: str) -> None:
    printed = run("receipt", bought)
    assert (printed.code, printed.err) == (0, "")
    said = json.loads(printed.out)
    assert (said["request"], said["e164"], said["requester"]) == (bought, NUMBER, ASKER)
    assert said["approval"]["digest"] == said["terms"]["digest"]
    assert [vote["approver"] for vote in said["approval"]["votes"]] == [BOSS]
    assert (said["charge"]["charged"], said["charge"]["charged_currency"]) == ("101", "INR")
    assert said["provider"]["number"]["id"] == "num_1"
    assert [entry["seq"] for entry in said["chain"]] == [*range(said["chain"][0]["seq"], said["chain"][-1]["seq"] + 1)]
    (tmp_path / "receipt.json").write_text(printed.out, "utf-8")
    (tmp_path / "buynumber.db").unlink()
    checked = run("receipt", "--verify", "receipt.json")
    assert (checked.code, checked.err) == (0, "")
    last = said["chain"][-1]
    assert checked.out == (
        f"The receipt is whole: {NUMBER}, request {bought}. "
        f"Slack shows its last entry as #{last['seq']} {last['hash'][:12]}.\n"
    )


def test_whichever_bit_is_flipped_and_whatever_is_cut_or_put_in_is_found(run: Run, bought: str) -> None:
    whole = run("receipt", bought).out.encode()
    assert isinstance(check(whole), Checked)

    @settings(derandomize=True, deadline=None, max_examples=400)
    @given(st.integers(0, len(whole) - 1), st.integers(0, 7), st.sampled_from(["flip", "cut", "put in"]))
    @example(len(whole) - 1, 0, "cut")
    def is_found(at: int, bit: int, how: str) -> None:
        flipped = bytes([whole[at] ^ 1 << bit])
        instead = {"flip": flipped, "cut": b"", "put in": whole[at : at + 1] * 2}[how]
        assert isinstance(check(whole[:at] + instead + whole[at + 1 :]), str)

    is_found()
    for nothing in (b"", b"null\n", b"[]", b"{}", b"\xff", b'{"request":"a","chain":[]}'):
        assert check(nothing) == "it is no receipt"


def test_a_forged_receipt_ends_with_1_and_one_that_is_not_there_with_2(run: Run, tmp_path: Path, bought: str) -> None:
    forged = run("receipt", bought).out.replace('"charged":"101"', '"charged":"100"')
    (tmp_path / "receipt.json").write_text(forged, "utf-8")
    checked = run("receipt", "--verify", "receipt.json")
    assert (checked.code, checked.out) == (1, "The receipt is broken: what it says is not what its entries tell.\n")
    missing = run("receipt", "--verify", "nowhere.json")
    assert (missing.code, missing.out, missing.err) == (
        2,
        "",
        "buynumber: nowhere.json cannot be read: No such file or directory\n",
    )


async def _a_denial(bench: Workbench) -> str:
    request = await bench.a_request()
    await bench.deny(request)
    return request.id


def test_what_was_not_purchased_has_none(run: Run, tmp_path: Path) -> None:
    denied = on_a_bench(tmp_path, _a_denial)
    for request, why in ((denied, "it was not purchased."), ("5e", "`buynumber requests` lists them.")):
        said = run("receipt", request)
        assert (said.code, said.err) == (1, "")
        assert said.out.endswith(f"{why}\n")


def test_one_of_both_is_asked_for(run: Run, tmp_path: Path) -> None:
    lay_down_a_database(tmp_path / "buynumber.db")
    for wrong in ((), ("5e", "--verify", "x")):
        said = run("receipt", *wrong)
        assert (said.code, said.out, len(said.err.splitlines())) == (2, "", 1)
