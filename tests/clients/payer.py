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


def chooses(url, card):
    """Chooses the test card that behaves so; answers what the page answered."""
    answer, page = open_page(url)
    assert card in page.choices.get("card", []), f"no card {card}: {page.choices}"
    target = urljoin(str(answer.url), page.action)
    return httpx.post(target, data={"card": card}, follow_redirects=False)
