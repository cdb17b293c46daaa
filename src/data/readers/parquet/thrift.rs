//! Thrift's compact protocol, as far as it takes to look through a message without holding it
//! (<https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>).

/// No message of Parquet is nested deeper.
const DEEPEST: usize = 32;

/// A message that is looked through.
pub(super) struct Message<'b> {
    bytes: &'b [u8],
    /// How far it has been looked through, in bytes.
    pub(super) at: usize,
    /// How many structs stand in lists.
    pub(super) listed: usize,
}

/// The numbers of the fields from the outermost struct to a value.
pub(super) type Path<'p> = &'p [i16];

impl<'b> Message<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            listed: 0,
        }
    }

    /// Goes through a struct, and tells of every whole number in it; `None` where it ends too soon or lists more than
    /// there is.
    pub(super) fn walk(&mut self, visit: &mut dyn FnMut(Path<'_>, i64)) -> Option<()> {
        self.fields(&mut Vec::new(), visit)
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn whole(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// So many things, each of at least a byte.
    fn count(&mut self, count: u64) -> Option<usize> {
        let left = self.bytes.len().saturating_sub(self.at);
        usize::try_from(count).ok().filter(|count| *count <= left)
    }

    fn skip(&mut self, bytes: u64) -> Option<()> {
        self.at += self.count(bytes)?;
        Some(())
    }

    fn fields(&mut self, path: &mut Vec<i16>, visit: &mut dyn FnMut(Path<'_>, i64)) -> Option<()> {
        if path.len() > DEEPEST {
            return None;
        }
        let mut field = 0i16;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            field = match head >> 4 {
                0 => i16::try_from(self.whole()?).ok()?,
                more => field.checked_add(i16::from(more))?,
            };
            path.push(field);
            match head & 15 {
                1 | 2 => {}
                kind => self.value(kind, path, visit)?,
            }
            path.pop();
        }
    }

    fn value(
        &mut self,
        kind: u8,
        path: &mut Vec<i16>,
        visit: &mut dyn FnMut(Path<'_>, i64),
    ) -> Option<()> {
        match kind {
            1..=3 => self.byte().map(drop),
            4..=6 => {
                let value = self.whole()?;
                visit(path, value);
                Some(())
            }
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                self.skip(length)
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => self.varint()?,
                    few => u64::from(few),
                };
                let count = self.count(count)?;
                if head & 15 == 12 {
                    self.listed += count;
                }
                (0..count).try_for_each(|_| self.value(head & 15, path, visit))
            }
            11 => {
                let count = self.varint()?;
                let count = self.count(count)?;
                if count == 0 {
                    return Some(());
                }
                let kinds = self.byte()?;
                (0..count).try_for_each(|_| {
                    self.value(kinds >> 4, path, visit)?;
                    self.value(kinds & 15, path, visit)
                })
            }
            12 => self.fields(path, visit),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(bytes: &[u8]) -> Option<Vec<(Vec<i16>, i64)>> {
        let mut found = Vec::new();
        Message::new(bytes).walk(&mut |path, value| found.push((path.to_vec(), value)))?;
        Some(found)
    }

    #[test]
    fn whole_numbers_are_told_with_their_fields() {
        // {1: 5, 2: "ab", 4: {1: -3}, 5: [7, 8]}
        let message = [
            0x15, 10, 0x18, 2, b'a', b'b', 0x2c, 0x15, 5, 0, 0x19, 0x25, 14, 16, 0,
        ];
        let wanted = vec![(vec![1], 5), (vec![4, 1], -3), (vec![5], 7), (vec![5], 8)];
        assert_eq!(numbers(&message), Some(wanted));
    }

    #[test]
    fn what_claims_more_than_there_is_ends() {
        // A list of 2³¹ structs, a text of 100 letters, a struct in itself without end.
        assert_eq!(numbers(&[0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 7, 0]), None);
        assert_eq!(numbers(&[0x18, 100, b'a', 0]), None);
        assert_eq!(numbers(&[0x1c; 1000]), None);
        assert_eq!(numbers(&[0x15, 0xff]), None);
        assert_eq!(numbers(&[]), None);
    }
}
