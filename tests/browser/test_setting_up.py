"""What an administrator does to set recoup up, with scripts and without; and each of those pages as
`test_pages.py` looks at it."""

import re

import httpx
import pytest

import setting_up
import stage
from conftest import sign_in
from pages_setting_up import PAGES
from test_pages import look


@pytest.fixture(scope="module")
def ids(recoup):
    stage.set_up(recoup)
    return setting_up.set_up(recoup)


@pytest.mark.parametrize(("name", "path"), PAGES, ids=[name for name, _ in PAGES])
def test_a_page(recoup, ids, admin, pictures, name, path):
    look(admin, recoup, pictures, name, path.format(**ids))


def opens(recoup, key):
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{recoup.address}/api/v1/customers", headers=headers).status_code


def shown_secret(screen):
    return re.search(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b", screen.text).group(0)


def test_a_key_is_made_and_rotated(recoup, ids, admin):
    name = f"reports {admin.has_scripts}"
    admin.open(recoup.address + "/dashboard/developers")
    admin.follow("New key")
    admin.fill("Name", name)
    admin.press("Make the key")
    admin.says("The key is made")
    old = shown_secret(admin)
    assert opens(recoup, old) == 200
    admin.follow("To the keys")
    admin.follow(name)
    admin.does_not_say(old)
    admin.press("Rotate")
    admin.choose("The old key", "opens nothing from now on")
    admin.press("Make another key")
    admin.says("Another key is made")
    new = shown_secret(admin)
    assert (opens(recoup, old), opens(recoup, new)) == (401, 200)
    admin.follow("To the keys")
    admin.follow(name)
    admin.press("Take back")
    admin.press("Take this key back")
    admin.says("opens nothing any more")
    assert opens(recoup, new) == 401


def test_a_delivery_is_looked_at_and_sent_again(recoup, ids, admin):
    receiver = ids["receiver"]
    admin.open(recoup.address + f"/dashboard/developers/endpoints/{ids['endpoint_broken']}")
    admin.says("answered 500")
    before = len(receiver.at("/broken"))
    admin.follow("All of its deliveries")
    admin.follow("Failed")
    admin.open(recoup.address + f"/dashboard/developers/deliveries/{ids['delivery']}")
    admin.says("What is sent")
    admin.press("Send again")
    admin.press("Send it again")
    admin.says("It is sent again")
    recoup.advance(hours=2)
    assert len(receiver.at("/broken")) > before


def test_a_policy_is_edited_checked_tried_and_kept(recoup, ids, admin):
    name = f"slow_{str(admin.has_scripts).lower()}"
    admin.open(recoup.address + "/dashboard/policies")
    admin.follow("New policy")
    admin.fill("The policy", f'name = "{name}"\n[ladders]\nsoft = ["2d", "soon"]\n')
    admin.press("Keep it")
    admin.says("It cannot be kept yet")
    admin.says("Line 3, column 15")
    admin.fill("The policy", f'name = "{name}"\n[ladders]\nsoft = ["2d", "9d"]\n')
    admin.press("Try it")
    admin.says("What it would have come to")
    admin.says("Retries really brought")
    assert not admin.faults(), "axe finds nothing on what it would have come to"
    admin.press("Keep it")
    admin.says("Version 1 is kept")
    admin.follow("Edit")
    admin.fill("The policy", f'name = "{name}"\n[ladders]\nsoft = ["3d", "9d"]\n')
    admin.press("Keep it")
    admin.says("Version 2 is kept")
    admin.says("What differs from version 1")
    assert not admin.faults(), "axe finds nothing on what differs"


def test_a_connection_is_tested_paused_and_resumed(recoup, ids, admin):
    admin.open(recoup.address + "/dashboard/connections")
    admin.follow("Sandbox")
    admin.press("Test")
    admin.press("Ask the provider")
    admin.says("The provider accepts the credentials")
    admin.press("Pause")
    admin.fill("Why", "we look into something")
    admin.press("Charge nothing through it")
    admin.says("Nothing is charged through it")
    assert not admin.faults(), "axe finds nothing on a paused connection"
    admin.press("Resume")
    admin.press("Let charges go on")
    admin.says("Charges go on")


def test_an_operator_sees_and_does_not_change(recoup, ids, screen):
    sign_in(recoup, screen, "operator")
    for _, path in PAGES:
        screen.open(recoup.address + path.format(**ids))
        screen.does_not_say("New key")
        screen.does_not_say("There is no such page")
