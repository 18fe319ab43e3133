"""Short notices on the next page ("It is saved."), kept in a signed cookie until then."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class Notices(CookieStorage):
    """Django's own, under a name that binds the cookie to this host."""

    cookie_name = settings.MESSAGES_COOKIE_NAME
