//! Every plugin keeps these promises.
