"""Every page, in both themes, wide and narrow, with scripts and (in one theme) without: nothing that
axe finds wrong, nothing that the browser complains about, no sideways scroll, not too large."""

import httpx
import pytest

import stage
from pages import OPEN_PAGES, PAGES
from screen import NARROW, NARROWEST, WIDE, shown

PAGE_BYTES_MAX = 100_000
PICTURE_BYTES_MAX = 80_000


@pytest.fixture(scope="module")
def ids(recoup):
    return stage.set_up(recoup)


def filled(path, ids):
    for name, value in ids.items():
        path = path.replace("{" + name + "}", value)
    return path


def look(screen, recoup, pictures, name, path):
    screen.open(recoup.address + path)
    faults = []
    # Scripts change no colour: without them one theme is enough.
    for theme in ("light", "dark") if screen.has_scripts else ("light",):
        screen.theme(theme)
        for size, width in ((WIDE, "wide"), (NARROW, "narrow")):
            screen.size(size)
            faults += [(theme, width, fault) for fault in screen.faults()]
            if pictures and screen.has_scripts:
                screen.picture(pictures / f"{name}-{width}-{theme}.png")
        for size in (WIDE, NARROW, NARROWEST):
            screen.size(size)
            if screen.overflow() > 0:
                faults.append((theme, size, f"{screen.overflow()} px too wide"))
        screen.size(WIDE)
    if "</" in screen.text:
        faults.append(("text", "tags that should have been a part of the page are read as text"))
    faults += [("said by the browser", it) for it in screen.complaints() if "favicon" not in it]
    assert not faults, f"{name} at {path}: {shown(faults)}"
    cookies = {cookie["name"]: cookie["value"] for cookie in screen.driver.get_cookies()}
    page = httpx.get(recoup.address + path, cookies=cookies)
    assert len(page.content) <= PAGE_BYTES_MAX, f"{name}: {len(page.content)} bytes"


@pytest.mark.parametrize(("name", "path"), OPEN_PAGES, ids=[name for name, _ in OPEN_PAGES])
def test_a_page_before_somebody_is_signed_in(recoup, screen, pictures, name, path):
    # A link that is over answers 404, of which the browser tells.
    screen.open(recoup.address + "/dashboard/sign-in")
    screen.complaints()
    if name == "link-over":
        screen.open(recoup.address + path)
        assert not screen.faults()
        return
    look(screen, recoup, pictures, name, path)


@pytest.mark.parametrize(("name", "path"), PAGES, ids=[name for name, _ in PAGES])
def test_a_page(recoup, ids, admin, pictures, name, path):
    look(admin, recoup, pictures, name, filled(path, ids))
