//! Regions that occur twice in data that is not held: keys are put aside in parts by their first bits, and each part is
//! looked through by itself at the end.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use crate::base::language::text;
use crate::base::{Error, ErrorKind, Lang, Text};
use crate::evaluate::Key;

/// So many keys are held; more go into temporary files.
const HELD: usize = 1 << 20;
/// How many files there are.
const PARTS: usize = 64;
/// The bytes of a key in a file.
const WIDTH: usize = 20;
/// How many repeated regions are named.
const NAMED: usize = 5;

/// The keys of the rows so far.
#[derive(Default)]
pub(super) struct Repeats {
    held: Vec<Key>,
    parts: Vec<BufWriter<File>>,
}

/// Rows that are of one region and year.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Found {
    /// How many rows have come before with another line.
    count: usize,
    /// The lines of the first ones and of those that repeat them.
    lines: Vec<(u32, u32)>,
}

impl Repeats {
    pub(super) fn add(&mut self, keys: &[Key]) -> io::Result<()> {
        self.held.extend_from_slice(keys);
        if self.held.len() < HELD {
            return Ok(());
        }
        while self.parts.len() < PARTS {
            self.parts.push(BufWriter::new(tempfile::tempfile()?));
        }
        for key in self.held.drain(..) {
            let part = usize::from(key.digest[0]) % PARTS;
            if let Some(part) = self.parts.get_mut(part) {
                part.write_all(&key.digest)?;
                part.write_all(&key.line.to_le_bytes())?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<Found> {
        let mut found = Found::default();
        if self.parts.is_empty() {
            found.look(self.held);
            return Ok(found);
        }
        for (at, part) in self.parts.drain(..).enumerate() {
            let mut file = part.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.rewind()?;
            let held = self.held.iter().copied();
            let mut keys: Vec<Key> = held
                .filter(|key| usize::from(key.digest[0]) % PARTS == at)
                .collect();
            let mut file = BufReader::new(file);
            let mut bytes = [0; WIDTH];
            while !file.fill_whole(&mut bytes)? {
                let mut key = Key {
                    digest: [0; 16],
                    line: 0,
                };
                let (digest, line) = bytes.split_at(key.digest.len());
                key.digest.copy_from_slice(digest);
                key.line = u32::from_le_bytes(line.try_into().unwrap_or_default());
                keys.push(key);
            }
            found.look(keys);
        }
        Ok(found)
    }
}

trait FillWhole {
    /// Fills a buffer; whether the end was there before.
    fn fill_whole(&mut self, bytes: &mut [u8]) -> io::Result<bool>;
}

impl<R: Read> FillWhole for R {
    fn fill_whole(&mut self, bytes: &mut [u8]) -> io::Result<bool> {
        match self.read_exact(bytes) {
            Ok(()) => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(true),
            Err(error) => Err(error),
        }
    }
}

impl Found {
    /// Looks through all keys that could be alike.
    fn look(&mut self, mut keys: Vec<Key>) {
        keys.sort_unstable();
        for pair in keys.windows(2) {
            if let [one, two] = pair
                && one.digest == two.digest
            {
                self.count += 1;
                self.lines.push((one.line, two.line));
            }
        }
        self.lines.sort_unstable();
        self.lines.truncate(NAMED);
    }

    /// Refuses the scores if a region occurs twice: one of both was given out before the other came. They may have gone
    /// to where they cannot be taken back from.
    pub(super) fn refuse(&self, gone: bool) -> Result<(), Error> {
        if self.count == 0 {
            return Ok(());
        }
        let lines = |and: &str| {
            let pairs = self.lines.iter();
            let pairs = pairs.map(|(one, two)| format!("{one} {and} {two}"));
            pairs.collect::<Vec<_>>().join(", ")
        };
        let more = if self.count > self.lines.len() {
            ", …"
        } else {
            ""
        };
        let (id, en) = (lines("dan"), lines("and"));
        let (jumlah, count) = (Lang::Id.count(self.count), Lang::En.count(self.count));
        let (keluar, given_out) = match gone {
            true => (
                "; skor yang sudah keluar jangan dipakai",
                "; scores that have been given out must not be used",
            ),
            false => ("", ""),
        };
        Err(Error::new(
            ErrorKind::Data,
            Text::new(
                format!("wilayah yang sama ada lebih dari sekali; baris berlebih: {jumlah}, di baris {id}{more}{keluar}"),
                format!("the same region occurs more than once; rows too many: {count}, in lines {en}{more}{given_out}"),
            ),
        )
        .with_help(text!(
            "hapus baris yang ganda; tanpa `--stream` hanya wilayah itu yang tidak diberi skor",
            "delete the rows that repeat others; without `--stream` only those regions are left without scores"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_keys_are_found_in_files_as_in_memory() {
        let key = |number: u32| {
            let mut digest = [0; 16];
            digest.copy_from_slice(&blake3::hash(&number.to_le_bytes()).as_bytes()[..16]);
            Key {
                digest,
                line: number,
            }
        };
        for rows in [10, 3 * HELD as u32 / 2] {
            let mut repeats = Repeats::default();
            let keys: Vec<Key> = (1..=rows).map(key).collect();
            for part in keys.chunks(10_000) {
                repeats.add(part).unwrap();
            }
            repeats
                .add(&[Key {
                    line: rows + 1,
                    ..key(7)
                }])
                .unwrap();
            let expected = Found {
                count: 1,
                lines: vec![(7, rows + 1)],
            };
            assert_eq!(repeats.finish().unwrap(), expected);
        }
    }
}
