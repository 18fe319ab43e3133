"""Chat messages as FHIR clients read them: Communications with ids `chat-…`, found by the same searches as others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import connection

from messaging.chat import resources
from messaging.chat.models import Message, Thread
from messaging.chat.queries.listening import body_of
from patients import audit, vault
from patients.access import Action, Repository, refusals, scope
from patients.access.categories import CHAT
from patients.errors import Missing
from patients.fhir import provided
from patients.fhir.asking import SOURCE
from patients.fhir.provided import ALWAYS, NEVER, Compared, Place, Provided, code_is, days_on
from patients.records import search, wire
from patients.records.index.dates import microseconds
from patients.records.search import Coded, Query, Sql, Target

TYPE: Final = "Communication"
SENDERS: Final = ("Practitioner", "Patient", "RelatedPerson")

_FIELDS: Final = ", ".join(f"m.{field.column}" for field in Message._meta.concrete_fields)
_THREADS: Final = (
    "FROM (SELECT CAST(NULL AS bigint) AS id, CAST('' AS varchar(64)) AS type, t.patient AS patient,"
    f" CAST('*' AS varchar(80)) AS custodian, CAST('{CHAT}' AS varchar(16)) AS category, t.id AS thread, t.key AS key"
    " FROM chat_thread t) d CROSS JOIN chat_message m"  # so that SQLite asks for rights once per thread
)
_sent: Final = days_on("m.sent_at", search.stored_moment)


class ChatMessages:
    """The provider of `patients.fhir.registry`: who may read a thread finds and reads its messages."""

    prefix = "chat-"
    about = "Messages of care teams stand beside the documents as chat-…, for whoever may read the thread."

    def read(self, records: Repository, ident: str) -> Provided:
        """One message. Raises Missing."""
        with refusals.answering(audit.Entry("read", "denied", type=TYPE, ident=ident, source=SOURCE)):
            found = _rows(records, [_is(ident)], " LIMIT 1")
            if not found:
                raise Missing("There is no such message.")
        records.saw("read", found)
        return found[0]

    def find(self, records: Repository, query: Query, after: Place | None, most: int) -> Sequence[Provided]:
        """The next messages that the query finds."""
        newest_first = provided.descending(query)
        end = provided.page(after, most, columns=("m.sent_at", "m.id"), newest_first=newest_first)
        return _rows(records, _tests(records, query), end.text, end.params)

    def count(self, records: Repository, query: Query, most: int | None) -> int:
        """How many messages the query finds, up to `most`."""
        found = _statement(records, _tests(records, query))
        limit, params = ("", found.params) if most is None else (" LIMIT %s", (*found.params, most))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM (SELECT 1 AS one {found.text}{limit}) c", params)
            return int(cursor.fetchone()[0])


def _tests(records: Repository, query: Query) -> list[Sql]:
    return provided.where(query, _COMPARED, ident=_is, moment=_sent, records=records)


def _statement(records: Repository, tests: Iterable[Sql]) -> Sql:
    """The messages of the threads that this actor may read, as far as the tests hold: the one rule text."""
    rule = scope(records.actor, Action.READ)
    held = search.both([*tests, Sql(f"({rule.sql})", rule.params)])
    return Sql(f"{_THREADS} WHERE m.thread_id = d.thread AND {held.text}", held.params)


def _rows(records: Repository, tests: Iterable[Sql], end: str, params: Sequence[Any] = ()) -> list[Provided]:
    found = _statement(records, tests)
    text = f"SELECT {_FIELDS}, d.patient AS about, d.key AS thread_key {found.text}{end}"
    messages: list[Any] = list(Message.objects.raw(text, [*found.params, *params]))
    vault.open_keys(message.thread_key for message in messages)
    return [_provided(message) for message in messages]


def _provided(message: Any) -> Provided:
    body = body_of(Thread(pk=message.thread_id, key=message.thread_key), message)
    resource = resources.communication(message, body, message.about)
    place = Place(microseconds(message.sent_at), message.pk)
    return Provided(TYPE, resource["id"], message.about, message.sent_at, place, wire.text(resource))


def _is(ident: str) -> Sql:
    """The message of this logical id."""
    prefix, _, rest = ident.partition("-")
    thread, _, seq = rest.partition("-")
    known = resources.ident(thread) if prefix == "chat" else None
    if known is None or known.hex != thread or not (seq.isascii() and seq.isdecimal() and len(seq) <= 15):
        return NEVER
    return Sql("(d.thread = %s AND m.seq = %s)", (_written(known), int(seq)))


def _written(thread: UUID) -> UUID | str:
    return thread if connection.features.has_native_uuid_field else thread.hex


def _about(value: Any) -> Sql:
    """The patient whose thread it is."""
    if isinstance(value, Target) and value.ident and value.type in ("", "Patient"):
        return Sql("d.patient = %s", (value.ident,))
    return NEVER


def _by(value: Any) -> Sql:
    if not isinstance(value, Target) or not value.ident:
        return NEVER
    kinds = SENDERS if not value.type else (value.type,)
    return search.either([Sql("m.person = %s", (f"{kind}/{value.ident}",)) for kind in kinds])


def _in_thread(value: Any) -> Sql:
    thread = resources.ident(value.code or "") if isinstance(value, Coded) else None
    if thread is None or value.system not in (None, resources.THREAD_SYSTEM):
        return NEVER
    return Sql("d.thread = %s", (_written(thread),))


def _never(value: Any) -> Sql:
    return NEVER


_by_someone: Final = Sql("m.person <> ''")
_status: Final[Callable[[Any], Sql]] = code_is("completed", "http://hl7.org/fhir/event-status")
_COMPARED: Final = {
    "subject": Compared(_about),
    "patient": Compared(_about),
    "sender": Compared(_by, _by_someone),
    "sent": Compared(lambda day: _sent([day])),
    "status": Compared(_status),
    "part-of": Compared(_never, ALWAYS),
    "part-of:identifier": Compared(_in_thread),
}
