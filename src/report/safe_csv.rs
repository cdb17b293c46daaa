//! CSV that no spreadsheet takes for formulas: text cells that begin like one get an apostrophe, which our reader takes off
//! again (OWASP, *CSV Injection*).

use std::io::{self, Write};

use crate::base::mark::begins_like_formula;

/// Writes CSV on, with a mark before every text cell that begins with `=`, `+`, `-`, `@`, a tab or a return. Numbers stay as
/// they are.
///
/// ```
/// use std::io::Write;
/// use tanggap::report::SafeCsv;
/// let mut out = SafeCsv::new(Vec::new());
/// out.write_all(b"kode,nilai\n=1+1,-5\n\"@a, b\",7\n")?;
/// assert_eq!(out.end()?, b"kode,nilai\n'=1+1,-5\n\"'@a, b\",7\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct SafeCsv<W> {
    out: W,
    /// The cell that is being written.
    cell: Vec<u8>,
    quoted: bool,
}

impl<W: Write> SafeCsv<W> {
    /// Writes into `out`.
    pub fn new(out: W) -> Self {
        Self {
            out,
            cell: Vec::new(),
            quoted: false,
        }
    }

    /// Writes what is left, and gives back what it was written into.
    ///
    /// # Errors
    /// As writing.
    pub fn end(mut self) -> io::Result<W> {
        self.end_cell()?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn end_cell(&mut self) -> io::Result<()> {
        let quote = self.cell.first() == Some(&b'"');
        let start = usize::from(quote);
        let inside = self.cell.get(start..).unwrap_or_default();
        let inside = inside.strip_suffix(b"\"").unwrap_or(inside);
        let text = String::from_utf8_lossy(inside);
        if begins_like_formula(&text) && text.parse::<f64>().is_err() {
            self.cell.insert(start, b'\'');
        }
        self.out.write_all(&self.cell)?;
        self.cell.clear();
        Ok(())
    }
}

impl<W: Write> Write for SafeCsv<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            self.quoted ^= *byte == b'"';
            if !self.quoted && matches!(byte, b',' | b'\n') {
                self.end_cell()?;
                self.out.write_all(&[*byte])?;
            } else {
                self.cell.push(*byte);
            }
        }
        Ok(bytes.len())
    }

    /// A cell that has begun waits for its end.
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::base::mark::unmarked;

    fn marked(text: &str) -> String {
        let mut out = SafeCsv::new(Vec::new());
        let mut writer = csv::Writer::from_writer(&mut out);
        writer.write_record([text, "1"]).unwrap();
        drop(writer);
        let bytes = out.end().unwrap();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(&*bytes);
        reader.records().next().unwrap().unwrap()[0].to_owned()
    }

    #[test]
    fn what_is_put_on_is_taken_off_and_nothing_else() {
        for (text, written) in [
            ("=1+1", "'=1+1"),
            ("+62 21", "'+62 21"),
            ("-Kab. X", "'-Kab. X"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("'=1", "''=1"),
            ("'kutip", "'kutip"),
            ("-5", "-5"),
            ("-1.5e-3", "-1.5e-3"),
            ("Kab. Cilacap", "Kab. Cilacap"),
            ("", ""),
        ] {
            assert_eq!(marked(text), written);
            assert_eq!(unmarked(Cow::Borrowed(written)), text, "{written}");
        }
    }
}
