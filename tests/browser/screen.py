"""A Chromium without a window, used as people use it: by what stands on labels, links and buttons."""

import base64
import io
import json
import os
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from waiting import until

# How chromedriver tells of an element that went with its page while it was being read.
NODE_IS_GONE = "does not belong to the document"

WIDE = (1280, 900)
NARROW = (360, 780)
NARROWEST = (320, 640)

# A picture of a page needs no more of either.
COLORS = 64
PICTURE_HEIGHT_MAX = 1250

AXE = Path(os.environ["AXE_CORE"]).read_text() if os.environ.get("AXE_CORE") else ""
# What is looked at: what the guidelines of accessibility ask for, and what is good practice.
AXE_RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(found => done(found.violations.map(it => ({
  id: it.id, help: it.help, nodes: it.nodes.slice(0, 3).map(node => node.html.slice(0, 200)),
  told: it.nodes.slice(0, 1).map(node => node.failureSummary)}))), error => done([{id: String(error)}]));
"""


class Screen:
    def __init__(self, has_scripts=True):
        self.has_scripts = has_scripts
        options = webdriver.ChromeOptions()
        for flag in (
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
        ):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = os.environ.get("CHROMEDRIVER", "/usr/bin/chromedriver")
        self.driver = webdriver.Chrome(options=options, service=Service(driver))
        self.driver.set_page_load_timeout(60)
        self.size(WIDE)
        self._scripts(has_scripts)

    def end(self):
        self.driver.quit()

    def _cdp(self, command, **values):
        return self.driver.execute_cdp_cmd(command, values)

    def _scripts(self, are_run):
        self._cdp("Emulation.setScriptExecutionDisabled", value=not are_run)

    def size(self, size):
        width, height = size
        self._cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )

    def open(self, address):
        self.driver.get(address)

    @property
    def path(self):
        return self.driver.current_url.split("/", 3)[3]

    # What people do.

    def fill(self, label, text):
        field = self._field(label)
        field.clear()
        field.send_keys(text)

    def choose(self, label, text):
        field = self._field(label)
        field.find_element(By.XPATH, f"./option[normalize-space()={quoted(text)}]").click()

    def _field(self, label):
        found = self._shown(f"//label[normalize-space()={quoted(label)}]", f"a field {label!r}")
        return self.driver.find_element(By.ID, found.get_attribute("for"))

    def press(self, text):
        """A button, or what opens when it is pressed."""
        # Amounts have a space in them that does not break.
        shown = f"[normalize-space(translate(., '\u00a0', ' '))={quoted(text)}]"
        path = f"//button{shown} | //summary{shown}"
        self._click(self._shown(path, f"a button {text!r}"))

    def tick(self, text):
        """What stands beside a box or a button to choose with."""
        self._click(self._shown(f"//label[contains(normalize-space(), {quoted(text)})]", f"{text!r}"))

    def value(self, label):
        """What stands in a field."""
        return self._field(label).get_attribute("value")

    def follow(self, text):
        path = f"//a[normalize-space()={quoted(text)} or starts-with(normalize-space(), {quoted(text + ' ')})]"
        self._click(self._shown(path, f"a link {text!r}"))

    def press_within(self, row, text):
        """A button or a link in the row of a table that says `row`."""
        inside = f"//tr[.//text()[contains(., {quoted(row)})]]"
        wanted = f"[normalize-space()={quoted(text)} or @aria-label={quoted(text)}]"
        path = " | ".join(f"{inside}//{tag}{wanted}" for tag in ("button", "summary", "a"))
        self._click(self._shown(path, f"{text!r} in the row of {row!r}"))

    def press_within_case(self, case, text):
        """In the card of a list that says `case`: a button, or what is chosen."""
        inside = f"//li[.//text()[contains(., {quoted(case)})]]"
        wanted = f"[normalize-space()={quoted(text)}]"
        path = " | ".join(f"{inside}//{tag}{wanted}" for tag in ("button", "summary", "label"))
        self._click(self._shown(path, f"{text!r} beside {case!r}"))

    def fill_within_case(self, case, label, text):
        path = f"//li[.//text()[contains(., {quoted(case)})]]//label[normalize-space()={quoted(label)}]"
        found = self._shown(path, f"a field {label!r} beside {case!r}")
        self.driver.find_element(By.ID, found.get_attribute("for")).send_keys(text)

    def press_within_panel(self, text):
        """The button that does what an opened form says."""
        path = f"//details[@open]//form//button[normalize-space()={quoted(text)}]"
        self._click(self._shown(path, f"a button {text!r} in an opened form"))

    def keys(self, *names):
        chain = webdriver.ActionChains(self.driver)
        for name in names:
            chain.send_keys(getattr(Keys, name))
        chain.perform()

    def focused(self):
        return self.driver.switch_to.active_element.text

    def _click(self, element):
        element.click()

    def _shown(self, path, what):
        def look():
            found = self.driver.find_elements(By.XPATH, path)
            return next((element for element in found if element.is_displayed()), None)

        try:
            return until(lambda: unless_between_pages(look, None), f"there is {what}", 10)
        except AssertionError as error:
            raise AssertionError(f"{error}\nat {self.path}:\n{self.text}") from None

    # What people see.

    @property
    def text(self):
        """Empty while one page goes and the next one comes."""
        return unless_between_pages(lambda: self.driver.find_element(By.TAG_NAME, "body").text, "")

    def says(self, text):
        try:
            until(lambda: text in plain(self.text), f"the page says {text!r}", 10)
        except AssertionError:
            raise AssertionError(f"{self.path} does not say {text!r}:\n{self.text}") from None

    def does_not_say(self, text):
        assert text not in plain(self.text), f"{self.path} says {text!r}:\n{self.text}"

    def picture(self, path):
        """The whole page, as a small picture."""
        size = self._cdp("Page.getLayoutMetrics")["cssContentSize"]
        height = min(size["height"], PICTURE_HEIGHT_MAX)
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}
        taken = self._cdp("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        image = Image.open(io.BytesIO(base64.b64decode(taken["data"]))).convert("RGB")
        image.quantize(COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)

    # What a machine sees.

    def theme(self, theme):
        """As if somebody had chosen it."""
        self.driver.add_cookie({"name": "recoup_theme", "value": theme, "path": "/"})
        self.driver.refresh()

    def prefer(self, theme):
        """As a browser asks for it, for pages where nobody chooses one."""
        features = [{"name": "prefers-color-scheme", "value": theme}]
        self._cdp("Emulation.setEmulatedMedia", features=features)

    def faults(self):
        """What axe finds wrong with the page. It is a script itself: a page that was loaded without
        any stays as it is while axe looks at it."""
        self._scripts(True)
        self.driver.set_script_timeout(60)
        self.driver.execute_script(AXE)
        found = self.driver.execute_async_script(AXE_RUN)
        self._scripts(self.has_scripts)
        return found

    def overflow(self):
        """By how much the page is wider than the screen."""
        script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return self.driver.execute_script(script)

    def complaints(self):
        """What the browser refused or could not load."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("SEVERE", "WARNING")]


def unless_between_pages(look, otherwise):
    """What a look finds; `otherwise` while what was there is gone and the next page is not there yet."""
    try:
        return look()
    except (NoSuchElementException, StaleElementReferenceException):
        return otherwise
    except WebDriverException as error:
        if NODE_IS_GONE not in (error.msg or ""):
            raise
        return otherwise


def plain(text):
    """Spaces that do not break read like any other."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def quoted(text):
    return f'"{text}"' if '"' not in text else f"'{text}'"


def shown(found):
    return json.dumps(found, indent=1)
