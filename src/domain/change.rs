//! What a request says of a field: nothing, or a new value.

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    #[default]
    Keep,
    To(T),
}

impl<T> Change<T> {
    pub fn apply(self, current: &mut T) {
        match self {
            Change::Keep => {}
            Change::To(new) => *current = new,
        }
    }

    pub const fn as_ref(&self) -> Change<&T> {
        match self {
            Change::Keep => Change::Keep,
            Change::To(new) => Change::To(new),
        }
    }

    /// The new value, if there is one.
    pub fn new_value(self) -> Option<T> {
        match self {
            Change::Keep => None,
            Change::To(new) => Some(new),
        }
    }

    pub const fn is_kept(&self) -> bool {
        matches!(self, Change::Keep)
    }
}

impl<T> Change<Option<T>> {
    /// For what always has a value: to nothing is no change.
    pub fn flattened(self) -> Change<T> {
        match self {
            Change::Keep | Change::To(None) => Change::Keep,
            Change::To(Some(new)) => Change::To(new),
        }
    }
}
