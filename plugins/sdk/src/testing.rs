//! The host, for a plugin's unit tests. Natively there is none: a test says
//! what the PSP answers and what time it is. Not compiled into components.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::http::{Error, Method, Request, Response};

type Psp = Box<dyn FnMut(&Request) -> Result<Response, Error>>;

thread_local! {
    static PSP: RefCell<Option<Psp>> = const { RefCell::new(None) };
    static BYTES_MADE: Cell<u8> = const { Cell::new(0) };
    static NOW_MS: Cell<u64> = const { Cell::new(0) };
}

/// From now on, in this thread, `psp` answers every request.
pub fn answer_with(psp: impl FnMut(&Request) -> Result<Response, Error> + 'static) {
    PSP.set(Some(Box::new(psp)));
}

/// From now on, in this thread, the PSP answers these, in order: a status with
/// a JSON body, or no answer.
pub fn answer_in_order(answers: Vec<Result<(u16, serde_json::Value), Error>>) -> Sent {
    let sent = Sent::default();
    let log = sent.clone();
    let mut answers = answers.into_iter();
    answer_with(move |request| {
        log.0.borrow_mut().push(request.clone());
        let answer = answers.next();
        let answer = answer.unwrap_or_else(|| panic!("one request too many: {}", request.url));
        answer.map(|(status, body)| json(status, &body))
    });
    sent
}

/// What the PSP answers, in order, to the requests of one call of a plugin.
pub type Call = (Vec<(u16, serde_json::Value)>, Box<dyn Fn()>);

/// Every request of these calls, each of which makes one per answer.
pub fn requests_of(calls: Vec<Call>) -> Vec<Request> {
    let sent_by = |(answers, call): Call| {
        let answered = answers.len();
        let sent = answer_in_order(answers.into_iter().map(Ok).collect());
        call();
        assert_eq!(sent.calls().len(), answered, "{:?}", sent.calls());
        sent.requests()
    };
    calls.into_iter().flat_map(sent_by).collect()
}

/// What was sent in a test, in order.
#[derive(Clone, Default)]
pub struct Sent(Rc<RefCell<Vec<Request>>>);

impl Sent {
    pub fn requests(&self) -> Vec<Request> {
        self.0.borrow().clone()
    }

    pub fn body(&self, index: usize) -> String {
        let body = self.0.borrow()[index].body.clone().unwrap_or_default();
        String::from_utf8(body).expect("what plugins send is text")
    }

    /// The body, which is JSON.
    pub fn json(&self, index: usize) -> serde_json::Value {
        serde_json::from_str(&self.body(index)).expect("the body is JSON")
    }

    pub fn header(&self, index: usize, name: &str) -> Option<String> {
        let sent = self.0.borrow();
        let (_, value) = sent[index].headers.iter().find(|(known, _)| known == name)?;
        Some(value.clone())
    }

    /// `POST https://…`, for every request.
    pub fn calls(&self) -> Vec<String> {
        let name = |request: &Request| {
            let method = match request.method {
                Method::Get => "GET",
                Method::Post => "POST",
                Method::Put => "PUT",
                Method::Patch => "PATCH",
                Method::Delete => "DELETE",
            };
            format!("{method} {}", request.url)
        };
        self.0.borrow().iter().map(name).collect()
    }
}

/// From now on, in this thread, it is this time.
pub fn set_now_ms(now_ms: u64) {
    NOW_MS.set(now_ms);
}

/// A response with a JSON body.
pub fn json(status: u16, body: &serde_json::Value) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

pub(crate) fn send(request: &Request) -> Result<Response, Error> {
    PSP.with_borrow_mut(|psp| match psp {
        Some(psp) => psp(request),
        None => panic!("a request without `testing::answer_with`: {}", request.url),
    })
}

pub(crate) fn now_ms() -> u64 {
    NOW_MS.get()
}

/// Never the same twice in a row, and the same in every run.
pub(crate) fn random_bytes(len: u32) -> Vec<u8> {
    let made = BYTES_MADE.get();
    BYTES_MADE.set(made.wrapping_add(1));
    (0..len).map(|index| made.wrapping_add(index.to_le_bytes()[0])).collect()
}
