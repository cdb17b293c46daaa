//! Opening data: its form, its reader and its digest, in one place.

use std::fs::File;
use std::io::{Read, Seek};
use std::sync::Arc;

use super::batch::Batches;
use super::dataset::Dataset;
use super::reader::{ReadRequest, Reader, unreadable};
use crate::base::language::text;
use crate::base::{Error, ErrorKind};

/// Reads data for a rule set by the reader of its format.
///
/// `name` is the file name, where there is one: its ending decides; else the beginning of the data does.
///
/// # Errors
/// As the reader says; also when nothing can be read at all.
pub fn read_data(
    readers: &[Arc<dyn Reader>],
    name: Option<&str>,
    input: &mut dyn Read,
    request: &ReadRequest,
) -> Result<Dataset, Error> {
    let (reader, mut input) = chosen(readers, name, input)?;
    let mut data = reader.read(&mut input, request)?;
    data.digest = input.digest()?;
    Ok(data)
}

/// Where data comes from, to be streamed.
pub struct Source<'a> {
    /// The file name, where there is one: its ending decides on the form; else the beginning of the data does.
    pub name: Option<&'a str>,
    /// The data.
    pub input: Input<'a>,
    /// Columns, forms and limits to read it by.
    pub request: &'a ReadRequest,
}

/// Data to be streamed.
pub enum Input<'a> {
    /// From front to back.
    Read(&'a mut dyn Read),
    /// A file, for formats that have to look about in it ([`Reader::wants_file`]).
    File(File),
}

impl Source<'_> {
    /// Hands over the data piece by piece, and returns what is made of it with the digest of the data.
    ///
    /// # Errors
    /// As the reader and `make` say; also when data of this form cannot be read piece by piece.
    pub(crate) fn in_pieces<T>(
        self,
        readers: &[Arc<dyn Reader>],
        make: impl for<'r> FnOnce(&mut (dyn Batches<'r> + 'r)) -> Result<T, Error>,
    ) -> Result<(T, String), Error> {
        let (name, request) = (self.name, self.request);
        let mut file = match self.input {
            Input::File(file) => file,
            Input::Read(input) => {
                let (reader, mut input) = chosen(readers, name, input)?;
                let pieces = reader.pieces(&mut input, request)?;
                let mut pieces = pieces.ok_or_else(|| not_in_pieces(reader.name()))?;
                let made = make(&mut *pieces)?;
                drop(pieces);
                return Ok((made, input.digest()?));
            }
        };
        let (reader, _) = chosen(readers, name, &mut file)?;
        file.rewind().map_err(unreadable)?;
        if !reader.wants_file() {
            let input = Input::Read(&mut file);
            let source = Source {
                name,
                input,
                request,
            };
            return source.in_pieces(readers, make);
        }
        let copy = file.try_clone().map_err(unreadable)?;
        let digest = digest_of(&mut file)?;
        let pieces = reader.pieces_of_file(copy, request)?;
        let mut pieces = pieces.ok_or_else(|| not_in_pieces(reader.name()))?;
        let made = make(&mut *pieces);
        drop(pieces);
        // What is read here and there may be of another file meanwhile.
        if digest_of(&mut file)? != digest {
            return Err(Error::new(
                ErrorKind::Data,
                text!(
                    "data berubah selama dibaca; skor yang sudah keluar jangan dipakai",
                    "the data changed while it was read; scores that have been given out must not be used"
                ),
            ));
        }
        Ok((made?, digest))
    }
}

/// The digest of all of a file, which stands at its beginning then.
fn digest_of(file: &mut File) -> Result<String, Error> {
    file.rewind().map_err(unreadable)?;
    let digest = Hashing::of(Vec::new(), file).digest()?;
    file.rewind().map_err(unreadable)?;
    Ok(digest)
}

fn not_in_pieces(form: &str) -> Error {
    Error::new(
        ErrorKind::Call,
        text!(
            "data `{form}` ini tidak dapat dibaca sepotong demi sepotong",
            "this `{form}` data cannot be read piece by piece"
        ),
    )
    .with_help(text!(
        "beri skor tanpa `--stream`, atau simpan sebagai CSV dengan satu baris tiap wilayah",
        "score without `--stream`, or save it as CSV with one row per region"
    ))
}

/// The reader of the form of some data, and the data as a whole.
fn chosen<'i>(
    readers: &[Arc<dyn Reader>],
    name: Option<&str>,
    input: &'i mut dyn Read,
) -> Result<(Arc<dyn Reader>, Hashing<'i>), Error> {
    let ending = name
        .and_then(|name| name.rsplit_once('.'))
        .map(|(_, ending)| ending.to_ascii_lowercase());
    let mut beginning = [0u8; 64];
    let mut filled = 0;
    while let Some(rest) = beginning.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    let beginning = beginning.get(..filled).unwrap_or(&[]).to_vec();
    // A later reader goes before an earlier one, and replaces one of its name.
    let replaced = |at: usize, reader: &Arc<dyn Reader>| {
        let mut later = readers.iter().skip(at + 1);
        later.any(|later| later.name() == reader.name())
    };
    let readers: Vec<&Arc<dyn Reader>> = readers
        .iter()
        .enumerate()
        .filter(|(at, reader)| !replaced(*at, reader))
        .map(|(_, reader)| reader)
        .collect();
    let by_ending = ending.and_then(|ending| {
        readers
            .iter()
            .rfind(|reader| reader.extensions().contains(&ending.as_str()))
    });
    let reader = by_ending.or_else(|| readers.iter().rfind(|reader| reader.recognises(&beginning)));
    let Some(reader) = reader else {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "bentuk data tidak dikenal",
                "the format of the data is not known"
            ),
        ));
    };
    Ok(((*reader).clone(), Hashing::of(beginning, input)))
}

/// Takes the digest of what is read through it.
struct Hashing<'i> {
    input: std::io::Chain<std::io::Cursor<Vec<u8>>, &'i mut dyn Read>,
    hasher: blake3::Hasher,
}

impl<'i> Hashing<'i> {
    fn of(beginning: Vec<u8>, rest: &'i mut dyn Read) -> Self {
        Self {
            input: std::io::Cursor::new(beginning).chain(rest),
            hasher: blake3::Hasher::new(),
        }
    }

    /// The digest of all, in hexadecimal. What a reader has left unread belongs to the data, too.
    fn digest(mut self) -> Result<String, Error> {
        std::io::copy(&mut self, &mut std::io::sink()).map_err(unreadable)?;
        Ok(self.hasher.finalize().to_hex().to_string())
    }
}

impl Read for Hashing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.hasher.update(buffer.get(..read).unwrap_or(&[]));
        Ok(read)
    }
}
