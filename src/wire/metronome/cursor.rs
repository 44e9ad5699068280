//! Cursors of lists: where the next page begins, and which list it is of. Opaque to clients, and
//! good for the same list only, also after a restart.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

const VERSION: u8 = 1;
const LIST_BYTES: usize = 12;

/// A list with everything that it is narrowed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListId([u8; LIST_BYTES]);

impl ListId {
    /// The same parts are the same list; how many a page holds is none of them.
    pub fn of(parts: &[&str]) -> ListId {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part.len().to_be_bytes());
            hasher.update(part.as_bytes());
        }
        let mut id = [0; LIST_BYTES];
        id.copy_from_slice(&hasher.finalize()[..LIST_BYTES]);
        ListId(id)
    }

    /// The page that begins behind this item.
    pub fn after(self, last: Uuid) -> String {
        let bytes = [&[VERSION], self.0.as_slice(), last.as_bytes().as_slice()].concat();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// None: it is no cursor, or one of another list.
    pub fn read(self, cursor: &str) -> Option<Uuid> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (head, last) = bytes.split_at_checked(1 + LIST_BYTES)?;
        let fits = head.first() == Some(&VERSION) && head.get(1..) == Some(self.0.as_slice());
        if fits { Uuid::from_slice(last).ok() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_own_list_only() {
        let (ours, other) = (ListId::of(&["a", "bc"]), ListId::of(&["ab", "c"]));
        let last = Uuid::from_u128(7);
        let cursor = ours.after(last);
        assert_eq!(ours.read(&cursor), Some(last));
        assert_eq!(other.read(&cursor), None);
        for broken in ["", "x", "%%%", &cursor[1..], &format!("{cursor}AA")] {
            assert_eq!(ours.read(broken), None, "{broken}");
        }
    }
}
