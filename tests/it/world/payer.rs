//! A payer with a browser that runs no scripts: opens a page, presses its button, goes where they
//! are sent, chooses a test card.

use serde_json::json;

use super::World;

/// A further card of a customer, which they leave on a page; it becomes the default.
pub fn leaves_card(world: &World, customer: &str, behaviour: &str) {
    let link = world.api().post(&format!("/api/v1/customers/{customer}/checkout_url"), &json!({}));
    assert_eq!(link.status, 200, "{link:?}");
    let page = link.body["customer"]["checkout_url"].as_str().expect("an address");
    leave_card(page, behaviour);
    world.pass(5);
}

/// What a page answered.
#[derive(Debug)]
pub struct Shown {
    pub status: u16,
    /// Where it sends the payer, as it says it.
    pub location: Option<String>,
    pub html: String,
}

impl Shown {
    pub fn says(&self, text: &str) -> bool {
        self.html.contains(text)
    }

    /// A form with a button, and nothing to choose before it.
    pub fn has_button(&self) -> bool {
        self.says("<form") && !self.has_cards()
    }

    fn has_cards(&self) -> bool {
        self.says("name=\"card\"")
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(std::time::Duration::from_secs(60)))
        .build()
        .into()
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Shown {
    let mut answer = answer.expect("the page answers");
    let location = answer.headers().get("location");
    Shown {
        status: answer.status().as_u16(),
        location: location.map(|it| it.to_str().expect("a text").to_owned()),
        html: answer.body_mut().read_to_string().expect("a text"),
    }
}

pub fn open(url: &str) -> Shown {
    read(agent().get(url).call())
}

/// Presses the button of a page that has one, without being sent anywhere.
pub fn press(url: &str) -> Shown {
    read(agent().post(url).send_form([] as [(&str, &str); 0]))
}

/// The provider's page behind one of ours: opens ours and presses its button.
pub fn provider_page(url: &str) -> String {
    let shown = open(url);
    assert_eq!(shown.status, 200, "{shown:?}");
    if shown.has_cards() {
        return url.to_owned();
    }
    assert!(shown.has_button(), "a page with a button: {}", shown.html);
    let pressed = press(url);
    assert_eq!(pressed.status, 303, "{pressed:?}");
    pressed.location.expect("it sends the payer on")
}

/// Chooses a test card on a page of the pretend provider.
pub fn choose_card(page: &str, behaviour: &str) -> Shown {
    read(agent().post(page).send_form([("card", behaviour)]))
}

/// All of it, from the address that the business gave to the card.
pub fn leave_card(url: &str, behaviour: &str) {
    let page = provider_page(url);
    assert!(open(&page).has_cards(), "a page with cards");
    let sent = choose_card(&page, behaviour);
    assert!(matches!(sent.status, 200 | 302 | 303), "{sent:?}");
}
