"""A payer at a hosted page: opens it, chooses a card, presses the button. Over HTTP only."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx


@dataclass
class Page(HTMLParser):
    """The form of a page: where it goes, and the values that each of its names can have."""

    action: str = ""
    choices: dict = field(default_factory=dict)

    def __post_init__(self):
        super().__init__()

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.action = given.get("action") or ""
        if tag in ("input", "button") and given.get("name"):
            self.choices.setdefault(given["name"], []).append(given.get("value", ""))


def open_page(url):
    """The page behind a link, redirects followed as a browser does."""
    answer = httpx.get(url, follow_redirects=True)
    assert answer.status_code == 200, f"{url}: {answer.status_code} {answer.text}"
    page = Page()
    page.feed(answer.text)
    return answer, page


def presses(url):
    """Opens a page of ours and presses its button; answers where that leads."""
    answer, page = open_page(url)
    target = urljoin(str(answer.url), page.action)
    pressed = httpx.post(target, follow_redirects=False, timeout=30)
    assert pressed.status_code == 303, f"{url}: {pressed.status_code} {pressed.text}"
    return urljoin(url, pressed.headers["location"])


def goes_on(url):
    """The provider's page behind one of ours: presses our button and follows it."""
    answer, page = open_page(url)
    return (answer, page) if "card" in page.choices else open_page(presses(url))


def chooses(url, card):
    """Goes on to the provider's page and chooses the test card that behaves so; answers what that
    page answered."""
    answer, page = goes_on(url)
    assert card in page.choices.get("card", []), f"no card {card}: {page.choices}"
    target = urljoin(str(answer.url), page.action)
    return httpx.post(target, data={"card": card}, follow_redirects=False)
