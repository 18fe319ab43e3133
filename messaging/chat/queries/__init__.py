"""Reading threads: for the socket, for the page of one, and as a list."""

from messaging.chat.queries.inbox import Entry, entry_of, inbox, unread
from messaging.chat.queries.listening import found, head, marks, may_listen, patient_of, readable, since
from messaging.chat.queries.page import Participant, Shown, ThreadPage, thread_page

__all__ = [
    "Entry",
    "Participant",
    "Shown",
    "ThreadPage",
    "entry_of",
    "found",
    "head",
    "inbox",
    "marks",
    "may_listen",
    "patient_of",
    "readable",
    "since",
    "thread_page",
    "unread",
]
