"""What a form has to say about a request before anything is decided."""

from bot.domain.request import RequestId
from bot.services.tell.queries import FormQueries
from bot.store.postgres import open_postgres
from tests.harness.builders import NUMBER, a_request
from tests.harness.postgres import Server
from tests.harness.stores import keep


async def test_a_form_does_without_the_number_of_an_unknown_request_and_while_the_database_is_away(
    postgres: Server, postgres_database: str
) -> None:
    store = open_postgres(postgres.url(postgres_database))
    forms, request = FormQueries(store=store), a_request()
    await store.write(lambda connection: keep(connection, request))
    assert await forms.number_of(request.id) == NUMBER
    assert await forms.number_of(RequestId("f" * 32)) is None
    postgres.cut_off(postgres_database)
    assert await forms.number_of(request.id) is None
    store.close()
