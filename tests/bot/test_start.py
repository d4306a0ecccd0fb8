"""What a serving process loads: nothing that only some processes need."""

import json
import subprocess
import sys
from pathlib import Path

from bot.store.database import bring_up_to_date
from tests.bot.conftest import REQUIRED
from tests.harness.process import ROOT

SERVE_AND_WRITE = """
import asyncio, json, sys
from bot.app import Service
from bot.services.acts import Address, AskForStatus, take
from bot.settings import given

async def main():
    service = Service(given(json.loads(sys.argv[1])))
    await service.start()
    now = service._clock.now()
    act = AskForStatus(team="T1", trigger_id="1", by=Address(user="U_ASKER", at=now))
    assert await service._served.store.write(lambda connection: take(connection, act, now=now))
    await service.stop()

asyncio.run(main())
print(json.dumps(sorted(sys.modules)))
"""

WANTED_BY_SOME = {
    "alembic",
    "bot.metrics",
    "handlers.socket_mode",
    "opentelemetry",
    "prometheus_client",
    "psycopg",
    "psycopg_binary",
    "sqlalchemy.dialects.postgresql",
}


def _loaded(url: str) -> set[str]:
    nobody = {"SLACK_API_URL": "http://127.0.0.1:1/", "VOBIZ_BASE_URL": "http://127.0.0.1:1/"}
    settings = {**REQUIRED, **nobody, "HOST": "127.0.0.1", "PORT": "0", "DATABASE_URL": url}
    command = [sys.executable, "-c", SERVE_AND_WRITE, json.dumps(settings)]
    served = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return {"bot.app", *WANTED_BY_SOME} & set(json.loads(served.stdout.splitlines()[-1]))


def test_serving_on_sqlite_loads_neither_the_other_databases_driver_nor_migrations(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'buynumber.db'}"
    bring_up_to_date(url)
    assert _loaded(url) == {"bot.app"}


def test_serving_on_postgresql_loads_its_driver_and_no_migrations(postgres_url: str) -> None:
    assert _loaded(postgres_url) == {"bot.app", "psycopg", "psycopg_binary", "sqlalchemy.dialects.postgresql"}
