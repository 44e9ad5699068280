//! What pages are made of. Each renders itself where a template says `{{ … }}`, escaped already.

use askama::Template;
use askama::filters::HtmlSafe;
use chrono::{NaiveDate, SecondsFormat};
use chrono_tz::Tz;

pub use super::fields::{Choice, RadioField, SelectField, TextField};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::http::pay::grouped;

macro_rules! parts {
    ($($part:ty),+ $(,)?) => { $(impl HtmlSafe for $part {})+ };
}

parts!(Badge, Amount, When, Day, Tabs, Pager, TextField, SelectField, ActionForm, Facts);
parts!(Empty, Note, Csrf, Html, RadioField, Short);

/// Whether something is well, in words that the style sheet knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Done, paid.
    Good,
    /// Goes on by itself.
    Wait,
    /// Somebody has to act.
    Bad,
    /// Being asked for right now.
    Open,
    /// Over, or not begun.
    Quiet,
}

impl Tone {
    pub const fn name(&self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Wait => "wait",
            Tone::Bad => "bad",
            Tone::Open => "open",
            Tone::Quiet => "quiet",
        }
    }
}

/// Rendered already, for places where any part may stand.
#[derive(Debug, Clone, Template)]
#[template(source = "{{ html|safe }}", ext = "html")]
pub struct Html {
    html: String,
}

#[derive(Template)]
#[template(source = "{{ text }}", ext = "html")]
struct Plain<'t> {
    text: &'t str,
}

impl HtmlSafe for Plain<'_> {}

impl Html {
    pub fn of(part: &(impl Template + HtmlSafe)) -> Html {
        Html { html: part.render().unwrap_or_default() }
    }

    pub fn text(text: &str) -> Html {
        Html::of(&Plain { text })
    }

    pub fn link(href: &str, text: &str) -> Html {
        Html::of(&Link { href, text })
    }

    /// A text of programs: an id, a code, a key.
    pub fn code(text: &str) -> Html {
        Html::of(&Code { text })
    }

    /// A field that nobody sees.
    pub fn hidden(name: &str, value: &str) -> Html {
        Html::of(&Hidden { name, value })
    }

    pub fn nothing() -> Html {
        Html { html: "<span class=\"soft\">–</span>".to_owned() }
    }
}

#[derive(Template)]
#[template(source = r#"<a href="{{ href }}">{{ text }}</a>"#, ext = "html")]
struct Link<'t> {
    href: &'t str,
    text: &'t str,
}

impl HtmlSafe for Link<'_> {}

#[derive(Template)]
#[template(source = r#"<input type="hidden" name="{{ name }}" value="{{ value }}">"#, ext = "html")]
struct Hidden<'t> {
    name: &'t str,
    value: &'t str,
}

impl HtmlSafe for Hidden<'_> {}

#[derive(Template)]
#[template(source = "<code>{{ text }}</code>", ext = "html")]
struct Code<'t> {
    text: &'t str,
}

impl HtmlSafe for Code<'_> {}

/// A state in a word or two.
#[derive(Debug, Clone, Template)]
#[template(source = r#"<span class="badge {{ tone.name() }}">{{ text }}</span>"#, ext = "html")]
pub struct Badge {
    pub tone: Tone,
    pub text: String,
}

impl Badge {
    pub fn new(tone: Tone, text: impl Into<String>) -> Badge {
        Badge { tone, text: text.into() }
    }
}

/// `1 234.00 EUR`
#[derive(Debug, Clone, Template)]
#[template(source = r#"<span class="money">{{ text }}</span>"#, ext = "html")]
pub struct Amount {
    text: String,
}

impl Amount {
    pub fn of(money: Money) -> Amount {
        Amount { text: grouped(money) }
    }
}

/// A moment, in the organization's zone.
#[derive(Debug, Clone, Template)]
#[template(
    source = r#"<time datetime="{{ machine() }}" title="{{ machine() }}">{{ person() }}</time>"#,
    ext = "html"
)]
pub struct When {
    pub at: Timestamp,
    pub zone: Tz,
}

impl When {
    fn machine(&self) -> String {
        self.at.utc().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    pub fn person(&self) -> String {
        let format = "%-d\u{a0}%b\u{a0}%Y, %H:%M\u{a0}%Z";
        self.at.utc().with_timezone(&self.zone).format(format).to_string()
    }
}

/// A moment where there is little room: its full form comes with the pointer.
#[derive(Debug, Clone, Template)]
#[template(path = "dashboard/parts/short.html")]
pub struct Short {
    pub when: When,
}

impl Short {
    fn short(&self) -> String {
        let format = "%-d\u{a0}%b, %H:%M";
        self.when.at.utc().with_timezone(&self.when.zone).format(format).to_string()
    }
}

/// A day of the calendar.
#[derive(Debug, Clone, Template)]
#[template(source = r#"<time datetime="{{ day }}">{{ person() }}</time>"#, ext = "html")]
pub struct Day {
    pub day: NaiveDate,
}

impl Day {
    pub fn person(&self) -> String {
        self.day.format("%-d\u{a0}%b\u{a0}%Y").to_string()
    }
}

/// How far away a moment is, roughly: `in 3 hours`, `2 days ago`.
pub fn distance(now: Timestamp, at: Timestamp) -> String {
    let (span, is_future) = if at > now { (at.since(now), true) } else { (now.since(at), false) };
    let minutes = span.as_ms() / 60_000;
    let counted = |number: i64, unit: &str| {
        let plural = if number == 1 { "" } else { "s" };
        format!("{number}\u{a0}{unit}{plural}")
    };
    let text = match minutes {
        0 => return if is_future { "in a moment" } else { "just now" }.to_owned(),
        1..=89 => counted(minutes, "minute"),
        90..=2_879 => counted((minutes + 30) / 60, "hour"),
        _ => counted((minutes + 720) / 1_440, "day"),
    };
    if is_future { format!("in {text}") } else { format!("{text} ago") }
}

/// Counts are counted so far and no further.
pub const COUNTED_MAX: u64 = 10_000;

/// `10,000+` where there are more than are counted.
pub fn count(number: u64) -> String {
    let digits = number.min(COUNTED_MAX).to_string();
    let grouped = match digits.len() {
        0..=3 => digits,
        length => format!("{},{}", &digits[..length - 3], &digits[length - 3..]),
    };
    if number > COUNTED_MAX { format!("{grouped}+") } else { grouped }
}

/// Lists of the same kind, one of which is shown.
#[derive(Debug, Clone, Template)]
#[template(path = "dashboard/parts/tabs.html")]
pub struct Tabs {
    /// What they are tabs of.
    pub label: &'static str,
    pub tabs: Vec<Tab>,
}

#[derive(Debug, Clone)]
pub struct Tab {
    pub label: &'static str,
    pub href: String,
    /// Formatted by `count`.
    pub count: Option<String>,
    pub is_current: bool,
}

impl Tabs {
    /// Pages beside each other; `current` is where the one that is shown is.
    pub fn of_pages(label: &'static str, pages: &[(&'static str, &str)], current: &str) -> Tabs {
        let tab = |(label, href): &(&'static str, &str)| Tab {
            label,
            href: (*href).to_owned(),
            count: None,
            is_current: *href == current,
        };
        Tabs { label, tabs: pages.iter().map(tab).collect() }
    }
}

/// To the pages before and after of a list.
#[derive(Debug, Clone, Template)]
#[template(path = "dashboard/parts/pager.html")]
pub struct Pager {
    /// What it is a list of.
    pub label: &'static str,
    /// To the beginning; None on the first page.
    pub first: Option<String>,
    /// None on the last page.
    pub next: Option<String>,
}

/// A button that says first what it will do, and asks.
#[derive(Debug, Clone, Template)]
#[template(path = "dashboard/parts/action_form.html")]
pub struct ActionForm {
    pub label: String,
    /// Where it is posted to.
    pub action: String,
    pub explanation: String,
    /// Fields before the button.
    pub fields: Vec<Html>,
    /// On the button that does it.
    pub confirm: String,
    pub is_dangerous: bool,
    pub csrf: Csrf,
}

impl ActionForm {
    /// An address that ends in it opens the form. Where a page has several of a kind, each is told
    /// by its id too.
    fn anchor(&self) -> String {
        let parts: Vec<&str> = self.action.trim_start_matches('/').split('/').collect();
        match parts.as_slice() {
            [_, _, _, .., id, deed] => format!("{id}-{deed}"),
            [.., deed] => (*deed).to_owned(),
            [] => String::new(),
        }
    }
}

/// Names and what they stand for.
#[derive(Debug, Clone, Template, Default)]
#[template(path = "dashboard/parts/facts.html")]
pub struct Facts {
    pub facts: Vec<(&'static str, Html)>,
}

impl Facts {
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Html) -> Facts {
        self.facts.push((name, value));
        self
    }

    /// Left out where there is nothing to say.
    #[must_use]
    pub fn with_some(self, name: &'static str, value: Option<Html>) -> Facts {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

/// There is nothing here, and what to do about it.
#[derive(Debug, Clone, Template)]
#[template(path = "dashboard/parts/empty.html")]
pub struct Empty {
    pub heading: &'static str,
    pub text: String,
}

/// A sentence that explains.
#[derive(Debug, Clone, Template)]
#[template(source = r#"<p class="note">{{ text }}</p>"#, ext = "html")]
pub struct Note {
    pub text: String,
}

/// The field that every form has.
#[derive(Debug, Clone, Template)]
#[template(source = r#"<input type="hidden" name="csrf" value="{{ token }}">"#, ext = "html")]
pub struct Csrf {
    pub token: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::currency::Currency;
    use crate::domain::time::Span;

    #[test]
    fn what_is_shown_is_escaped_once() {
        assert_eq!(Html::text("<b>&").to_string(), "&#60;b&#62;&#38;");
        let badge = Badge::new(Tone::Bad, "<x>");
        assert_eq!(badge.to_string(), r#"<span class="badge bad">&#60;x&#62;</span>"#);
        assert_eq!(Html::of(&badge).to_string(), badge.to_string());
        let amount = Amount::of(Money::new(123_456, Currency::EUR)).to_string();
        assert!(amount.contains("1\u{202f}234.56\u{a0}EUR"), "{amount}");
    }

    #[test]
    fn moments_are_told_in_the_zone_of_the_organization() {
        let at = Timestamp::from_unix_ms(1_782_864_000_000);
        let when = When { at, zone: Tz::Europe__Berlin };
        let html = when.to_string();
        assert!(html.contains("datetime=\"2026-07-01T00:00:00Z\""), "{html}");
        assert!(html.contains("1\u{a0}Jul\u{a0}2026, 02:00\u{a0}CEST"), "{html}");
    }

    #[test]
    fn distances_and_counts_are_rough() {
        let now = Timestamp::from_unix_ms(1_000_000_000);
        assert_eq!(distance(now, now), "just now");
        assert_eq!(distance(now, now.plus(Span::minutes(61))), "in 61\u{a0}minutes");
        assert_eq!(distance(now, now.plus(Span::hours(5))), "in 5\u{a0}hours");
        assert_eq!(distance(now, now.minus(Span::days(2))), "2\u{a0}days ago");
        let counts: Vec<String> = [0, 999, 1_000, 10_000, 10_001].map(count).into();
        assert_eq!(counts, ["0", "999", "1,000", "10,000", "10,000+"]);
    }
}
