"""What every story at the browser starts from: a running recoup, somebody who is signed in, and a
Chromium without a window."""

import os
import re
from pathlib import Path

import httpx
import pytest

from programs import Recoup
from screen import Screen

# A proxy of this machine knows nothing of our loopback.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"

PASSWORD = "a fairly long password"


def pytest_configure():
    for name in ("RECOUP_BIN", "AXE_CORE"):
        if not os.environ.get(name):
            raise pytest.UsageError(f"{name} is not set; `make browser` sets it")


@pytest.fixture(scope="session")
def pictures():
    """Where pictures of pages are kept: a folder that the caller names, else one that is thrown
    away."""
    folder = os.environ.get("RECOUP_PICTURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder) if folder else None


@pytest.fixture(scope="module")
def recoup(tmp_path_factory):
    """A server whose clock stands still until a story moves it, with a user of each role."""
    folder = tmp_path_factory.mktemp("recoup")
    # The same people sign in again and again, more often than anybody should.
    settings = folder / "recoup.toml"
    settings.write_text("[dashboard]\nsign_in_tries_max = 1000\n")
    server = Recoup(folder, "--test-clock", "--config", str(settings)).start()
    for role in ("admin", "operator", "viewer"):
        add_user(server, f"{role}@example.com", role)
    yield server
    assert server.end() == 0, "it ends cleanly when it is asked to"


def add_user(recoup, email, role):
    """Before time passes: the link is good for half an hour."""
    link = recoup.json("user", "add", email, "--role", role, "--json")["link"]
    address = recoup.address + "/dashboard" + link.split("/dashboard", 1)[1]
    with httpx.Client() as client:
        csrf = re.search('name="csrf" value="([0-9a-f]+)"', client.get(address).text).group(1)
        answer = client.post(address, data={"csrf": csrf, "password": PASSWORD})
    assert answer.status_code == 303, answer.text


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def screen(request, tmp_path):
    screen = Screen(has_scripts=request.param)
    yield screen
    screen.end()


@pytest.fixture
def admin(recoup, screen):
    """An administrator at the browser, who has signed in as people do."""
    return sign_in(recoup, screen, "admin")


def sign_in(recoup, screen, role):
    screen.open(recoup.address + "/dashboard/sign-in")
    screen.fill("E-mail", f"{role}@example.com")
    screen.fill("Password", PASSWORD)
    screen.press("Sign in")
    screen.says(f"{role}@example.com")
    return screen
