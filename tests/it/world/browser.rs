//! A browser that runs no scripts: it keeps cookies, opens pages, and sends the forms that stand on
//! them, with everything that a form carries.

use std::collections::BTreeMap;

/// Of everybody in these stories.
pub const PASSWORD: &str = "a fairly long password";

pub struct Browser {
    base: String,
    agent: ureq::Agent,
    cookies: BTreeMap<String, String>,
}

/// What a page answered.
#[derive(Debug)]
pub struct Seen {
    pub status: u16,
    /// Where it sends somebody on to.
    pub location: Option<String>,
    pub html: String,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
}

impl Seen {
    pub fn says(&self, text: &str) -> bool {
        self.html.contains(text)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What its forms carry.
    pub fn csrf(&self) -> Option<&str> {
        let (_, rest) = self.html.split_once("name=\"csrf\" value=\"")?;
        rest.split_once('"').map(|(token, _)| token)
    }

    /// Where the first form is posted to whose address ends so.
    pub fn form(&self, end: &str) -> Option<String> {
        let mut actions = self.html.split("action=\"").skip(1);
        let found = actions.find_map(|rest| rest.split('"').next().filter(|it| it.ends_with(end)));
        found.map(str::to_owned)
    }

    /// What a field holds that nobody sees.
    pub fn hidden(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.html.split_once(&format!("name=\"{name}\" value=\""))?;
        rest.split_once('"').map(|(value, _)| value)
    }

    /// What people read: without marks, and with plain spaces.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut is_mark = false;
        for sign in self.html.chars() {
            match sign {
                '<' => is_mark = true,
                '>' => is_mark = false,
                '\u{a0}' | '\u{202f}' if !is_mark => text.push(' '),
                _ if !is_mark => text.push(sign),
                _ => {}
            }
        }
        text
    }

    /// The address that a link with this text leads to.
    pub fn link(&self, text: &str) -> Option<String> {
        let whole = self.html.find(&format!(">{text}</a>"));
        let end = whole.or_else(|| self.html.find(&format!(">{text}<")))?;
        let begin = self.html[..end].rfind("href=\"")? + "href=\"".len();
        let address = self.html[begin..end].split('"').next()?;
        Some(address.replace("&#38;", "&"))
    }
}

impl Browser {
    pub fn at(base: &str) -> Browser {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(std::time::Duration::from_secs(60)))
            .build()
            .into();
        Browser { base: base.to_owned(), agent, cookies: BTreeMap::new() }
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    fn cookies(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    pub fn open(&mut self, path: &str) -> Seen {
        let request = self.agent.get(format!("{}{path}", self.base));
        let answer = request.header("cookie", self.cookies()).call();
        self.keep(answer)
    }

    /// Sends exactly these fields.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let request = self.agent.post(format!("{}{path}", self.base));
        let answer = request.header("cookie", self.cookies()).send_form(fields.iter().copied());
        self.keep(answer)
    }

    /// Opens the page and sends a form that stands on it.
    pub fn send(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Seen {
        let seen = self.open(page);
        assert_eq!(seen.status, 200, "{page}: {}", seen.html);
        let form = format!("action=\"{action}\"");
        assert!(seen.says(&form), "{page} has no form to {action}: {}", seen.html);
        let csrf = seen.csrf().expect("a form has a token").to_owned();
        let all: Vec<(&str, &str)> =
            [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.post(action, &all)
    }

    /// The page after a form: it says what came of it.
    pub fn follow(&mut self, answer: &Seen) -> Seen {
        assert_eq!(answer.status, 303, "{}", answer.html);
        self.open(answer.location.as_deref().expect("it leads somewhere"))
    }

    pub fn sign_in(&mut self, email: &str, password: &str) -> Seen {
        let path = "/dashboard/sign-in";
        self.send(path, path, &[("email", email), ("password", password)])
    }

    /// Behind a link that the command line printed; it may name another server.
    pub fn choose_password(&mut self, link: &str) -> Seen {
        let (_, path) = link.split_once("/dashboard/").expect("a link of the dashboard");
        let path = format!("/dashboard/{path}");
        self.send(&path, &path, &[("password", PASSWORD)])
    }

    fn keep(&mut self, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Seen {
        let mut answer = answer.expect("the server answers");
        for cookie in answer.headers().get_all("set-cookie") {
            let text = cookie.to_str().expect("a text");
            let (pair, rest) = text.split_once(';').unwrap_or((text, ""));
            let (name, value) = pair.split_once('=').expect("a name and a value");
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let headers = answer.headers().iter().map(|(name, value)| {
            (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned())
        });
        let headers: Vec<_> = headers.collect();
        let location = headers.iter().find(|(name, _)| name == "location");
        Seen {
            status: answer.status().as_u16(),
            location: location.map(|(_, value)| value.clone()),
            html: answer.body_mut().read_to_string().expect("a text"),
            headers,
        }
    }
}
