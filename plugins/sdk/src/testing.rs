//! The host, for a plugin's unit tests. Natively there is none: a test says
//! what the PSP answers and what time it is. Not compiled into components.

use std::cell::{Cell, RefCell};

use crate::http::{Error, Request, Response};

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
