//! Lago's shapes: fields as they come in, objects as they go out. Key order is part of a shape.

pub mod checks;
pub mod field_errors;
pub mod fields;
pub mod format;
pub mod page;
