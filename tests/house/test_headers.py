"""What every answer carries, and what a request cannot make it carry."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from patients.accounts.actor import Actor
from patients.accounts.models import User
from tests.house.edge import Answer
from tests.house.test_strangers import FIXED, addresses, filled, parts
from tests.house.whole import Whole

pytestmark = [pytest.mark.django_db]

FOREIGN = ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:evil.example")
OPEN = ("healthz", "readyz", "metrics")  # for machines: they carry neither words nor people


def page(answer: Answer) -> bool:
    return answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")


def browser_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.account or 0))
    return client


def test_every_page_has_a_policy_and_pages_of_people_are_never_kept(his: Whole, clara: Actor) -> None:
    client, seen = browser_of(clara), 0
    for route in addresses():
        chosen = FIXED | {name: his.ids[name] for name in parts(route, his)}
        for browser in (client, Client()):
            answer = browser.get(filled(route, chosen))
            if answer.streaming:
                b"".join(answer.streaming_content)  # a file is closed at its end
            if route in OPEN or route.startswith("_look"):
                continue
            seen += 1
            assert answer.headers["X-Content-Type-Options"] == "nosniff", route
            assert answer.headers["Referrer-Policy"] == "same-origin", route
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy, route
            assert "frame-ancestors 'none'" in policy, route
            assert "unsafe" not in policy, route
            assert "object-src 'none'" in policy, route
            assert "camera=(self)" in answer.headers["Permissions-Policy"], route
            assert "geolocation=()" in answer.headers["Permissions-Policy"], route
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", route
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", route
            if page(answer) and "Zwetschge" in answer.content.decode() + "Zwetschge" * (
                "Brandt" in str(answer.content)
            ):
                assert "no-store" in answer.headers.get("Cache-Control", ""), route
    assert seen > 60


@pytest.mark.parametrize("goal", FOREIGN)
def test_no_form_sends_anybody_to_another_site(anna: Actor, goal: str) -> None:
    user = User.objects.get(pk=anna.account or 0)
    user.set_password("ein langes Kennwort")
    user.save()
    signing_in = Client().post("/sign-in/", {"username": "anna", "password": "ein langes Kennwort", "next": goal})
    assert signing_in.status_code == 302
    assert signing_in.headers["Location"] == "/"
    chosen = Client().post("/language", {"language": "en", "next": goal})
    assert (chosen.status_code, chosen.headers["Location"]) == (302, "/")


def test_signing_in_begins_a_new_session_with_a_cookie_that_no_script_reads(anna: Actor) -> None:
    user = User.objects.get(pk=anna.account or 0)
    user.set_password("ein langes Kennwort")
    user.save()
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "chosenbysomebodyelse00000000000"
    client.post("/sign-in/", {"username": "anna", "password": "ein langes Kennwort"})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie.value != "chosenbysomebodyelse00000000000"
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    client.post("/language", {"language": "en"})
    client.get("/account/")
    others = {settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME}
    assert others <= client.cookies.keys()
    assert [name for name, one in client.cookies.items() if not (one["httponly"] and one["samesite"] == "Lax")] == []


def test_behind_https_cookies_belong_to_this_host_alone_and_subdomains_are_https_too(tmp_path: Path) -> None:
    wanted = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME")
    script = f"from config import settings as s; print(*(getattr(s, name) for name in {wanted}),"
    script += " import_string(s.MESSAGE_STORAGE).cookie_name, s.SESSION_COOKIE_SECURE,"
    script = "from django.utils.module_loading import import_string; " + script
    script += " s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS >= 31_536_000, s.SECURE_HSTS_INCLUDE_SUBDOMAINS)"
    place = {"DATA": str(tmp_path), "TELECARE_KEY_FILE": str(tmp_path / "key"), "TELECARE_URL": "https://care.example"}
    place["DJANGO_SETTINGS_MODULE"] = "config.settings"
    done = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, **place}, capture_output=True, text=True, check=True
    )
    *names, secure, form_secure, long, subdomains = done.stdout.split()
    assert len(names) == 4, names
    assert all(name.startswith("__Host-") for name in names), names
    assert {secure, form_secure, long, subdomains} == {"True"}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1@evil.example", "localhost.evil.example"])
def test_a_foreign_host_is_refused(host: str) -> None:
    for address in ("/sign-in/", "/fhir/metadata"):
        assert Client().get(address, headers={"host": host}).status_code == 400


def test_what_a_proxy_would_say_is_not_believed(anna: Actor) -> None:
    spoofed = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "x-forwarded-for": "1.2.3.4"}
    answer = Client().get("/", headers=spoofed)
    assert "evil" not in answer.headers["Location"]
    assert "evil" not in Client().get("/fhir/metadata", headers=spoofed).content.decode()


TRICKS = (
    *("/static/../config/settings.py", "/static/%2e%2e/settings.py", "/static/..%2f..%2fetc/passwd", "/j/..%2f"),
    *("/patients/../admin", "/patients/%00/", "/patients/a%0d%0aSet-Cookie:x=1/", "//evil.example/x"),
    f"/patients/{'x' * 5000}/",
)


@pytest.mark.storage
@pytest.mark.parametrize("path", TRICKS)
def test_tricks_with_paths_find_nothing(anna: Actor, path: str) -> None:
    answer = browser_of(anna).get(path)
    assert answer.status_code in (301, 302, 400, 404), path
    assert "Set-Cookie:x" not in str(dict(answer.headers))
    assert "evil.example" not in answer.headers.get("Location", "")
