//! What is served beside the dialects: the description of the API, and its page.

mod described;
mod docs;
