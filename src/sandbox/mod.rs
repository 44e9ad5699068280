//! The pretend PSP.
