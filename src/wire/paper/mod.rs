//! Papers that people open and print, as PDF: made from domain values, kept nowhere.

mod font;
mod receipt;
mod sheet;
mod words;

pub use receipt::receipt;
