"""The rules of a room: who may enter, who is told what, and what ends it. Pure: no Django, no sockets, no clock."""
