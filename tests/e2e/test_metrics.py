"""`/metrics`: what it says of a purchase, what is documented of it, and that every alert fires on what it serves."""

import asyncio
import json
import re
import shutil
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.app import Service
from tests.harness.office import DATABASE, Office, OpenOffice, Transport, environment_for
from tests.harness.process import ROOT, a_bot
from tests.harness.stores import lay_down_a_database

ALERTS = ROOT / "bot" / "deploy" / "alerts.yml"
DOCUMENTED = ROOT / "bot" / "deploy" / "metrics.md"

ON_ITS_OWN_PORT = {"METRICS_LISTEN": "127.0.0.1:0", "MONTHLY_BUDGET": "INR:5000"}

TAKEN = r"buynumber: METRICS_LISTEN: cannot listen there \(.*address already in use\)"

Scrape = dict[str, float]
"""By a sample's name with its labels, as PromQL writes it."""


async def scrape(service: Service) -> Scrape:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{service.metrics_port}/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    return {_written(sample.name, sample.labels): sample.value for sample in samples}


def _written(name: str, labels: dict[str, str]) -> str:
    inside = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{inside}}}" if inside else name


async def bought(open_office: OpenOffice, transport: Transport, **settings: str) -> Office:
    """One number was bought, and is told of."""
    office = await open_office(transport=transport, **ON_ITS_OWN_PORT, **settings)
    card = await office.a_card()
    await office.approve(card)
    await office.shows(card, "Bought")
    return office


async def test_metrics_tell_of_requests_money_calls_and_connections(
    open_office: OpenOffice, transport: Transport
) -> None:
    office = await bought(open_office, transport)
    office.slack.workspace.faults.limit("chat.postMessage", retry_after=0)
    await office.a_card("+918069000187 for sales")
    found = await scrape(office.service)
    expected = {
        'buynumber_requests{state="purchased"}': 1,
        'buynumber_requests{state="pending"}': 1,
        'buynumber_requests{state="failed"}': 0,
        'buynumber_acts_total{kind="submit"}': 2,
        'buynumber_acts_total{kind="decide"}': 1,
        'buynumber_decision_seconds_count{decision="approve"}': 1,
        'buynumber_decision_seconds_count{decision="deny"}': 0,
        'buynumber_provider_calls_total{outcome="http_200",route="purchase"}': 1,
        'buynumber_provider_call_seconds_count{route="purchase"}': 1,
        'buynumber_rate_limited_total{service="slack"}': 1,
        'buynumber_rate_limited_total{service="vobiz"}': 0,
        'buynumber_month_approved{currency="INR"}': 101,
        'buynumber_month_spent{currency="INR"}': 101,
        'buynumber_month_reserved{currency="INR"}': 0,
        'buynumber_month_budget{currency="INR"}': 5000,
        'buynumber_parked_rows{lane="tell"}': 0,
        "buynumber_purchases_for_people": 0,
        "buynumber_frozen": 0,
        "buynumber_slack_known": 1,
        "buynumber_database_readable": 1,
        "buynumber_audit_entries": 5,
    }
    assert {name: found.get(name) for name in expected} == expected
    assert found["buynumber_oldest_pending_seconds"] > 0
    assert found.get("buynumber_sockets") == (None if transport == "http" else 2)
    assert ("buynumber_socket_age_seconds" in found) == (transport == "socket mode")


async def test_of_two_processes_each_counts_its_own_and_both_tell_how_their_database_stands(
    own_postgres_url: str, open_office: OpenOffice
) -> None:
    office = await bought(open_office, "http", DATABASE_URL=own_postgres_url)
    beside = Service(office.settings)
    try:
        await beside.start()
        await beside.ready()
        one, other = await scrape(office.service), await scrape(beside)
    finally:
        await beside.stop()
    of_both = {"buynumber_audit_entries": 4, 'buynumber_month_spent{currency="INR"}': 101}
    assert [{name: found[name] for name in of_both} for found in (one, other)] == [of_both, of_both]
    assert (one.get('buynumber_acts_total{kind="decide"}'), other.get('buynumber_acts_total{kind="decide"}')) == (
        1,
        None,
    )


async def test_what_is_counted_is_shown_also_while_the_database_is_away(
    open_office: OpenOffice, tmp_path: Path
) -> None:
    office = await bought(open_office, "http")
    (tmp_path / DATABASE).rename(tmp_path / "elsewhere.db")
    found = await scrape(office.service)
    (tmp_path / "elsewhere.db").rename(tmp_path / DATABASE)
    assert found["buynumber_database_readable"] == 0
    assert found['buynumber_acts_total{kind="decide"}'] == 1
    assert "buynumber_audit_entries" not in found
    assert (await scrape(office.service))["buynumber_database_readable"] == 1


async def test_a_port_for_metrics_that_is_taken_is_said_in_one_line(open_office: OpenOffice, tmp_path: Path) -> None:
    office = await open_office(**ON_ITS_OWN_PORT)
    taken = {"METRICS_LISTEN": f"127.0.0.1:{office.service.metrics_port}", "DATABASE_URL": f"sqlite:///{tmp_path}/2.db"}
    lay_down_a_database(tmp_path / "2.db")
    env = environment_for(office.slack, office.vobiz, tmp_path, "http", taken)
    async with a_bot("serve", folder=tmp_path, env=env) as bot:
        ended = await bot.ends()
    assert ended.code == 2
    assert re.fullmatch(TAKEN, ended.err.splitlines()[-1])


def _family(sample: str) -> str:
    return re.sub(r"(_bucket|_count|_sum)?(\{.*)?$", "", sample)


async def test_what_is_documented_is_what_is_served_and_alerts_ask_for_nothing_else(open_office: OpenOffice) -> None:
    served = {_family(sample) for sample in await scrape((await bought(open_office, "socket mode")).service)}
    assert set(re.findall(r"^\| `(\w+)`", DOCUMENTED.read_text("utf-8"), re.MULTILINE)) == served
    asked = {name for rule in _rules() for name in re.findall(r"\bbuynumber_\w+", str(rule["expr"]))}
    assert asked <= served


MINUTES = 60

UP, DOWN = f"1x{MINUTES}", f"0x{MINUTES}"

FIRES: dict[str, dict[str, str]] = {
    "BuynumberNotSeen": {r"buynumber_.*": f"_x{MINUTES}"},
    "BuynumberDatabaseUnreadable": {"buynumber_database_readable": DOWN},
    "BuynumberSlackUnreachable": {"buynumber_slack_known": DOWN},
    "BuynumberSocketDown": {"buynumber_sockets": DOWN},
    "BuynumberPurchaseNeedsPeople": {"buynumber_purchases_for_people": UP},
    "BuynumberNoGoodSweep": {"buynumber_good_sweep_age_seconds": f"18120+60x{MINUTES}"},
    "BuynumberParkedWork": {r'buynumber_parked_rows\{lane="tell"\}': UP},
    "BuynumberOutboxOld": {"buynumber_outbox_age_seconds": f"0+6x{MINUTES}"},
    "BuynumberPendingForADay": {"buynumber_oldest_pending_seconds": f"86401x{MINUTES}"},
    "BuynumberProviderFailing": {r'buynumber_provider_calls_total\{outcome="timeout".*': f"0+1x{MINUTES}"},
    "BuynumberAskedToWait": {r'buynumber_rate_limited_total\{service="slack"\}': f"0+2x{MINUTES}"},
    "BuynumberBudgetNearlyUsed": {r"buynumber_month_spent.*": f"4501x{MINUTES}"},
}
"""What has to become of which samples for the alert to fire, within the hour."""


def _rules() -> Iterator[dict[str, object]]:
    for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]:
        yield from group["rules"]


def test_every_alert_has_a_test() -> None:
    assert [rule["alert"] for rule in _rules()] == [*FIRES]


async def test_every_alert_fires_and_none_does_while_all_is_well(open_office: OpenOffice, tmp_path: Path) -> None:
    if (promtool := shutil.which("promtool")) is None:
        pytest.skip("promtool is not here, which Debian's package `prometheus` has: no alert was seen to fire")
    scraped = await scrape((await bought(open_office, "socket mode")).service)
    timeout = 'buynumber_provider_calls_total{outcome="timeout",route="purchase"}'
    well = {name: f"{value}x{MINUTES}" for name, value in {timeout: 0.0, **scraped}.items()}
    cases = [_case(well, "")]
    for alert, changes in FIRES.items():
        changed = {name: changes.get(_matching(changes, name), value) for name, value in well.items()}
        assert changed != well, f"{alert} is about nothing that is served"
        cases.append(_case(changed, alert))
    tests = {"rule_files": [str(ALERTS)], "evaluation_interval": "1m", "tests": cases}
    (tmp_path / "alerts.test.yml").write_text(json.dumps(tests), "utf-8")
    command = (promtool, "test", "rules", str(tmp_path / "alerts.test.yml"))
    running = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT)
    said, _ = await running.communicate()
    assert running.returncode == 0, said.decode()


def _matching(changes: dict[str, str], name: str) -> str:
    return next((pattern for pattern in changes if re.fullmatch(pattern, name)), "")


def _case(series: dict[str, str], alert: str) -> dict[str, object]:
    """An hour of it: this alert fires in the end, and no other."""
    fires = [{"labels": f'{{alertname="{alert}"}}', "value": 1}] if alert else []
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": "59m", "exp_samples": fires}
        ],
    }
