"""The daily jobs, done as people do them."""

import stage
from conftest import PASSWORD, sign_in


def test_somebody_sets_the_dashboard_up_and_signs_in(recoup, screen):
    link = recoup.json("user", "setup-link", "--json")["link"]
    screen.open(recoup.address + "/dashboard" + link.split("/dashboard", 1)[1])
    email = f"first-{'with' if screen.has_scripts else 'without'}@example.com"
    screen.fill("Your e-mail", email)
    screen.fill("New password", PASSWORD)
    screen.press("Begin")
    screen.says("The password is chosen. Sign in with it.")
    screen.fill("E-mail", email)
    screen.fill("Password", "a wrong password altogether")
    screen.press("Sign in")
    screen.says("Nobody gets in with this address and this password.")
    screen.fill("Password", PASSWORD)
    screen.press("Sign in")
    screen.says("How collecting stands.")
    screen.press("Dark")
    screen.says("How collecting stands.")
    assert screen.driver.find_element("tag name", "html").get_attribute("data-theme") == "dark"
    screen.press("Sign out")
    screen.open(recoup.address + "/dashboard/invoices")
    screen.says("Sign in")


def test_somebody_finds_a_failed_invoice_reads_why_and_resends_it(recoup, screen):
    name = f"Linden Lamps {'with' if screen.has_scripts else 'without'}"
    external_id = name.lower().replace(" ", "-")
    sign_in(recoup, screen, "operator")
    stage.customer(recoup, external_id, name, "fails_1_insufficient_funds")
    number = stage.invoice(recoup, external_id, 12_900)["number"]
    recoup.advance(seconds=2)
    screen.follow("Invoices")
    screen.follow("Outstanding")
    screen.fill("Search", name)
    screen.press("Search")
    screen.says("Insufficient funds")
    screen.follow(number)
    screen.says("Attempt 1 was declined")
    screen.says("there is not enough money now")
    screen.says("Next attempt")
    screen.press("Resend for collection")
    screen.press_within_panel("Resend for collection")
    screen.says("Resent for collection.")
    recoup.advance(seconds=2)
    screen.driver.refresh()
    screen.says("Attempt 2 was paid")
    screen.says("Recovered")


def test_somebody_resends_from_the_menu_of_a_row(recoup, screen):
    name = f"Maple Motors {'with' if screen.has_scripts else 'without'}"
    external_id = name.lower().replace(" ", "-")
    sign_in(recoup, screen, "operator")
    stage.customer(recoup, external_id, name, "fails_1_do_not_honor")
    number = stage.invoice(recoup, external_id, 5_900)["number"]
    recoup.advance(seconds=2)
    screen.open(recoup.address + "/dashboard/invoices?tab=outstanding")
    screen.press_within(name, f"Actions for {number}")
    screen.press_within(name, "Resend for collection")
    screen.says("Resent for collection.")
    assert "tab=outstanding" in screen.path, "back to the list"
    recoup.advance(seconds=2)
    screen.open(recoup.address + "/dashboard/invoices?tab=succeeded")
    screen.says(name)


def test_everything_is_reached_by_keyboard(recoup, admin):
    """The first thing that Tab leads to is the way past the navigation."""
    admin.open(recoup.address + "/dashboard/invoices")
    admin.keys("TAB")
    assert admin.focused() == "Skip to the content"
    admin.keys("ENTER", "TAB")
    assert admin.driver.execute_script(
        "return document.querySelector('main').contains(document.activeElement)"
    )
