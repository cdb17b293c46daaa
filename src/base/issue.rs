//! One thing wrong with one row of data: a small record beside the scores, put into words late.

use super::diagnostic::Severity;
use super::ident::NodeIndex;
use super::language::Text;
use super::source::Span;

/// The kinds of issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum IssueKind {
    /// The row names no region.
    EmptyRegion,
    /// Several rows carry one region code (in one year); none of them is scored.
    DuplicateRegion,
    /// Text where a number should be.
    NotNumeric,
    /// A decimal comma in a file whose numbers have a point, or the other way round.
    DecimalSign,
    /// NaN or infinity in the data, which is not the same as missing.
    NotFiniteInData,
    /// A raw value outside the range that the rule set calls valid.
    OutsideValid,
    /// A column that the rule set reads is not in the data.
    MissingColumn,
    /// A column of the data that the rule set does not read.
    UnknownColumn,
    /// Text where a year should be.
    NotAYear,
    /// A region code given as a number with a fraction, so that zeros may be lost.
    NumericCode,
    /// A row with more or fewer cells than the header.
    RaggedRow,
    /// The data has no row.
    NoRows,
    /// A cell that is not UTF-8 text.
    NotUtf8,
    /// A number that is stored as text.
    NumberAsText,
    /// A date where a number or a code should be.
    DateInData,
    /// A cell of a spreadsheet that holds an error value.
    ErrorCell,
    /// A formula of a spreadsheet whose value the file does not hold.
    NotComputed,
    /// A region code that has the shape of most others but for a zero at one end.
    LostZero,
    /// One region code, several names; none of the rows is scored.
    TwoRegions,
    /// Regions that occur several times beside a column that looks like years, which nobody named.
    UnnamedYear,
    /// Two values of one indicator for one region (in one year).
    DuplicateValue,
    /// A value without the name of its indicator.
    NoIndicator,
    /// The sheet that was read is hidden.
    HiddenSheet,
    /// Cells that are merged, of which only the first holds the value.
    MergedCells,
    /// Cells in a column that has no header.
    NoHeader,
    /// Numbers whose decimal sign may be one between thousands.
    PerhapsThousands,
    /// A row that is a total of the others, not a region; it is not scored.
    TotalRow,
    /// A region code without digits among codes that have some.
    OddCode,
    /// Cells that show a percentage and hold its hundredth.
    PercentCells,
    /// A name of an indicator that is nearly one that the rule set reads; its values are not read.
    UnknownIndicator,
    /// A region without a weight, or with a weight of 0, where means over regions are weighted.
    NoRegionWeight,
    /// A region with a weight below 0.
    NegativeWeight,
    /// A formula reads a value that is missing.
    MissingRead,
    /// A division by zero.
    DivisionByZero,
    /// An operation whose result is NaN or infinite.
    NotFinite,
    /// A result outside the scale.
    OutsideScale,
    /// A negative value where a mean allows none.
    NegativeValue,
    /// A zero in a harmonic mean.
    ZeroValue,
    /// A list position that does not exist, or is not a whole number.
    Position,
    /// Too little of the weight is available.
    BelowAvailable,
    /// A missing value whose policy is `fail`.
    Failed,
    /// A column without spread where the method needs some.
    ConstantColumn,
    /// No valid value in the region's group to take a mean of.
    NoGroupMean,
    /// A sum or count over children of which one is missing.
    IncompleteSum,
    /// The weights of what is available add up to zero.
    NoWeight,
    /// The index lies below the lowest band.
    BelowBands,
    /// The formula used up the work that one region may cost.
    OutOfBudget,
    /// A value that the treatment of outliers changed.
    Treated,
    /// A column that the treatment of outliers put on a logarithmic scale.
    LogScale,
    /// A column whose outliers exceed the limits also after treatment.
    StillSkewed,
    /// The interpreter stopped for a reason that the check should have ruled out: a fault of the engine.
    Interpreter,
}

impl IssueKind {
    /// All kinds.
    pub const ALL: [Self; 51] = {
        use IssueKind::*;
        [
            EmptyRegion,
            DuplicateRegion,
            NotNumeric,
            DecimalSign,
            NotFiniteInData,
            OutsideValid,
            MissingColumn,
            UnknownColumn,
            NotAYear,
            NumericCode,
            RaggedRow,
            NoRows,
            NotUtf8,
            NumberAsText,
            DateInData,
            ErrorCell,
            NotComputed,
            LostZero,
            TwoRegions,
            UnnamedYear,
            DuplicateValue,
            NoIndicator,
            HiddenSheet,
            MergedCells,
            NoHeader,
            PerhapsThousands,
            TotalRow,
            OddCode,
            PercentCells,
            UnknownIndicator,
            NoRegionWeight,
            NegativeWeight,
            MissingRead,
            DivisionByZero,
            NotFinite,
            OutsideScale,
            NegativeValue,
            ZeroValue,
            Position,
            BelowAvailable,
            Failed,
            ConstantColumn,
            NoGroupMean,
            IncompleteSum,
            NoWeight,
            BelowBands,
            OutOfBudget,
            Treated,
            LogScale,
            StillSkewed,
            Interpreter,
        ]
    };

    /// The stable code.
    pub fn code(self) -> &'static str {
        use IssueKind::*;
        match self {
            EmptyRegion => "D101",
            DuplicateRegion => "D102",
            NotNumeric => "D103",
            DecimalSign => "D104",
            NotFiniteInData => "D105",
            OutsideValid => "D106",
            MissingColumn => "D107",
            UnknownColumn => "D108",
            NotAYear => "D109",
            NumericCode => "D110",
            RaggedRow => "D111",
            NoRows => "D112",
            NotUtf8 => "D113",
            NumberAsText => "D114",
            DateInData => "D115",
            ErrorCell => "D116",
            NotComputed => "D117",
            LostZero => "D118",
            TwoRegions => "D119",
            UnnamedYear => "D120",
            DuplicateValue => "D121",
            NoIndicator => "D122",
            HiddenSheet => "D123",
            MergedCells => "D124",
            NoHeader => "D125",
            PerhapsThousands => "D126",
            TotalRow => "D127",
            OddCode => "D128",
            PercentCells => "D129",
            UnknownIndicator => "D130",
            NoRegionWeight => "D131",
            NegativeWeight => "D132",
            MissingRead => "D201",
            DivisionByZero => "D202",
            NotFinite => "D203",
            OutsideScale => "D204",
            NegativeValue => "D205",
            ZeroValue => "D206",
            Position => "D207",
            BelowAvailable => "D208",
            Failed => "D209",
            ConstantColumn => "D210",
            NoGroupMean => "D211",
            IncompleteSum => "D212",
            NoWeight => "D213",
            BelowBands => "D214",
            OutOfBudget => "D215",
            Treated => "D301",
            LogScale => "D302",
            StillSkewed => "D303",
            Interpreter => "D299",
        }
    }

    /// Wrong data or a wrong result is an error; data that is merely incomplete is a warning.
    pub fn severity(self) -> Severity {
        use IssueKind::*;
        match self {
            UnknownColumn | Treated | LogScale => Severity::Note,
            OutsideValid | MissingRead | BelowAvailable | Failed | NoGroupMean | IncompleteSum
            | BelowBands | NumericCode | LostZero | HiddenSheet | NoHeader | StillSkewed
            | PerhapsThousands | OddCode | PercentCells | UnknownIndicator | NoRegionWeight => {
                Severity::Warning
            }
            _ => Severity::Error,
        }
    }

    /// What happened, and what became of it.
    pub fn message(self) -> Text {
        use IssueKind::*;
        let (id, en) = match self {
            EmptyRegion => (
                "baris tanpa kode wilayah; tidak diberi skor",
                "a row without a region code; not scored",
            ),
            DuplicateRegion => (
                "wilayah yang sama muncul lebih dari sekali dalam satu tahun; tidak satu pun barisnya diberi skor",
                "the same region occurs more than once in a year; none of its rows is scored",
            ),
            NotNumeric => (
                "teks di tempat angka; diperlakukan sebagai data kosong (yang berarti \"tidak ada data\" ditulis dalam `missing` di `[data]`)",
                "text where a number should be; treated as missing (what means \"no data\" is written in `missing` of `[data]`)",
            ),
            DecimalSign => (
                "tanda desimal berbeda dari bagian lain berkas; diperlakukan sebagai data kosong",
                "a decimal sign other than in the rest of the file; treated as missing",
            ),
            NotFiniteInData => (
                "NaN atau tak hingga bukan angka ukur; diperlakukan sebagai data kosong",
                "NaN or infinity is no measurement; treated as missing",
            ),
            OutsideValid => (
                "nilai di luar rentang yang sah",
                "the value is outside the valid range",
            ),
            MissingColumn => (
                "kolom tidak ada dalam data; semua nilainya kosong",
                "the column is not in the data; all its values are missing",
            ),
            UnknownColumn => (
                "kolom tidak dibaca oleh perangkat aturan",
                "the rule set does not read this column",
            ),
            NotAYear => (
                "bukan tahun; baris tidak diberi skor",
                "not a year; the row is not scored",
            ),
            NumericCode => (
                "kode wilayah ditulis sebagai angka pecahan; nol di ujung bisa hilang (jadikan kolom kode teks)",
                "the region code is written as a fraction; zeros at its end may be lost (make the column of codes text)",
            ),
            RaggedRow => (
                "jumlah sel berbeda dari judul kolom; baris tidak diberi skor",
                "the row has another number of cells than the header; not scored",
            ),
            NotUtf8 => (
                "sel bukan teks UTF-8; simpan data sebagai \"CSV UTF-8\"",
                "the cell is not UTF-8 text; save the data as \"CSV UTF-8\"",
            ),
            NumberAsText => (
                "angka yang tersimpan sebagai teks; diperlakukan sebagai data kosong (di lembar kerja: ubah sel menjadi angka)",
                "a number stored as text; treated as missing (in the spreadsheet: convert the cell to a number)",
            ),
            DateInData => (
                "tanggal di tempat angka atau kode; tidak dipakai (lembar kerja mengubah tulisan seperti 11.01 menjadi tanggal)",
                "a date where a number or code should be; not used (spreadsheets turn what is written like 11.01 into dates)",
            ),
            ErrorCell => (
                "sel berisi nilai galat dari rumus lembar kerja; tidak dipakai",
                "the cell holds an error value of a spreadsheet formula; not used",
            ),
            NotComputed => (
                "rumus lembar kerja yang belum dihitung; tidak dipakai (buka dan simpan berkas itu di lembar kerja)",
                "a spreadsheet formula that was never computed; not used (open and save the file in a spreadsheet)",
            ),
            LostZero => (
                "kode wilayah lebih pendek dari yang lain: mungkin kehilangan nol (kode tidak diubah)",
                "the region code is shorter than the others: it may have lost a zero (the code is left as it is)",
            ),
            TwoRegions => (
                "beberapa wilayah memakai satu kode; tidak satu pun barisnya diberi skor",
                "several regions have one code; none of the rows is scored",
            ),
            UnnamedYear => (
                "wilayah muncul beberapa kali, dan kolom ini tampaknya tahun, tetapi tidak disebut; tidak diberi skor (`--year-column`, atau `year` dalam `[data]`)",
                "the region occurs several times, and this column looks like years, but is not named; not scored (`--year-column`, or `year` in `[data]`)",
            ),
            DuplicateValue => (
                "indikator ini bernilai lebih dari sekali untuk satu wilayah; diperlakukan sebagai data kosong",
                "this indicator has more than one value for the region; treated as missing",
            ),
            NoIndicator => (
                "baris tanpa nama indikator; tidak dipakai",
                "a row without the name of its indicator; not used",
            ),
            HiddenSheet => (
                "lembar yang dibaca tersembunyi",
                "the sheet that was read is hidden",
            ),
            MergedCells => (
                "sel digabung: hanya sel pertamanya yang berisi, yang lain dibaca kosong",
                "merged cells: only the first of them holds the value, the others read as empty",
            ),
            NoHeader => (
                "sel terisi di kolom tanpa judul; tidak dibaca",
                "cells in a column without a header; not read",
            ),
            PerhapsThousands => (
                "semua angka kolom ini bertanda dengan tepat tiga angka sesudahnya, dan dibaca sebagai desimal; bila itu tanda ribuan, hapus tandanya",
                "all numbers of the column that have a sign have exactly three digits after it, and it was read as the decimal sign; if it separates thousands, delete it",
            ),
            TotalRow => (
                "baris jumlah atau rata-rata, bukan wilayah; tidak diberi skor (hapus dari data)",
                "a row of totals or means, not a region; not scored (delete it from the data)",
            ),
            OddCode => (
                "kode wilayah tanpa angka, sedangkan kode lain berangka; tetap diberi skor",
                "a region code without digits, while the others have some; scored all the same",
            ),
            PercentCells => (
                "sel berformat persen: yang tampak 55% terbaca 0,55",
                "cells in percent format: what shows as 55% reads as 0.55",
            ),
            UnknownIndicator => (
                "nama indikator ini tidak dikenal, dan mirip dengan yang dibaca; nilainya tidak dipakai",
                "the name of this indicator is not known, and near to one that is read; its values are not used",
            ),
            NoRegionWeight => (
                "wilayah tanpa bobot, atau berbobot nol; tidak ikut dalam rata-rata antarwilayah",
                "a region without a weight, or with a weight of 0; left out of means over regions",
            ),
            NegativeWeight => (
                "bobot wilayah di bawah nol; diperlakukan sebagai kosong",
                "the weight of a region is below zero; treated as missing",
            ),
            NoRows => ("data tidak berisi satu baris pun", "the data has no row"),
            MissingRead => (
                "rumus membaca nilai yang kosong",
                "the formula reads a value that is missing",
            ),
            DivisionByZero => ("pembagian dengan nol", "division by zero"),
            NotFinite => (
                "hasil hitungan bukan angka yang terhingga",
                "the result of the operation is not a finite number",
            ),
            OutsideScale => ("hasil di luar skala", "the result is outside the scale"),
            NegativeValue => (
                "rata-rata ini tidak menerima nilai negatif",
                "this mean takes no negative value",
            ),
            ZeroValue => (
                "rata-rata harmonik tidak menerima nol",
                "the harmonic mean takes no zero",
            ),
            Position => (
                "posisi ini tidak ada dalam daftar",
                "there is no such position in the list",
            ),
            BelowAvailable => (
                "terlalu sedikit data yang terisi",
                "too little data is available",
            ),
            Failed => (
                "nilai yang wajib ada ternyata kosong atau tidak sah (aturan `fail`), jadi ini ikut kosong",
                "a value that must be there is missing or not valid (the policy `fail`), so this is missing, too",
            ),
            ConstantColumn => (
                "semua nilai sama, atau tidak ada, sehingga metode ini tidak dapat membedakan wilayah",
                "all values are equal, or there is none, so the method cannot tell regions apart",
            ),
            NoGroupMean => (
                "tidak ada nilai sah untuk dirata-ratakan",
                "there is no valid value to take the mean of",
            ),
            IncompleteSum => (
                "jumlah dengan bagian yang kosong tidak dihitung (di samping `aggregate`, `rescale = true` mengizinkannya)",
                "a sum with a missing part is not formed (beside `aggregate`, `rescale = true` allows it)",
            ),
            NoWeight => (
                "bobot dari yang tersedia berjumlah nol",
                "the weights of what is available add up to zero",
            ),
            BelowBands => (
                "nilai indeks di bawah kategori terendah",
                "the index lies below the lowest band",
            ),
            OutOfBudget => (
                "rumus melewati batas kerja untuk satu wilayah",
                "the formula exceeds the work that one region may cost",
            ),
            Treated => (
                "nilai pencilan diubah (`treat`)",
                "the value was changed by the treatment of outliers (`treat`)",
            ),
            LogScale => (
                "pencilan terlalu banyak untuk dipindah: semua nilai dipakai pada skala logaritma (`treat`)",
                "there are too many outliers to move: all values are used on a logarithmic scale (`treat`)",
            ),
            StillSkewed => (
                "pencilan masih melewati batas sesudah perlakuan (`treat`)",
                "the outliers exceed the limits also after treatment (`treat`)",
            ),
            Interpreter => (
                "penafsir rumus berhenti; ini kesalahan mesin, mohon dilaporkan",
                "the interpreter stopped; this is a fault of the engine, please report it",
            ),
        };
        Text::new(id, en)
    }
}

/// A cell of a data file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellPlace {
    /// Its line or row, counted from 1.
    pub line: u32,
    /// Its column, counted from 0; `None`: the row as a whole.
    pub column: Option<u32>,
}

impl CellPlace {
    /// Its address as spreadsheets write it, such as `AB14`; the number of the row where it is the whole row.
    ///
    /// ```
    /// use tanggap::base::CellPlace;
    /// assert_eq!(CellPlace { line: 14, column: Some(27) }.address(), "AB14");
    /// ```
    pub fn address(self) -> String {
        let Some(mut column) = self.column else {
            return self.line.to_string();
        };
        let mut letters = Vec::new();
        loop {
            letters.push(char::from(b'A' + (column % 26) as u8));
            column /= 26;
            if column == 0 {
                break;
            }
            column -= 1;
        }
        let letters: String = letters.into_iter().rev().collect();
        format!("{letters}{}", self.line)
    }
}

/// One thing wrong with one row, or with a whole column.
#[derive(Clone, Debug, PartialEq)]
pub struct Issue {
    /// The row of the data it concerns, counted from 0; `None`: the column as a whole.
    pub row: Option<u32>,
    /// The node it arose in.
    pub node: Option<NodeIndex>,
    /// What is wrong.
    pub kind: IssueKind,
    /// The place in a rule file.
    pub place: Option<Span>,
    /// The column of the data.
    pub column: Option<Box<str>>,
    /// What was found there: a cell's text, the name that was read, a figure.
    pub found: Option<Box<str>>,
    /// The cell of the data file, where one is at fault.
    pub cell: Option<CellPlace>,
    /// How many alike ones it stands for, itself among them: more than one only where data was streamed.
    pub times: usize,
}

impl Issue {
    /// An issue of a row.
    pub fn row(row: u32, kind: IssueKind) -> Self {
        Self {
            row: Some(row),
            node: None,
            kind,
            place: None,
            column: None,
            found: None,
            cell: None,
            times: 1,
        }
    }

    /// An issue of the data as a whole.
    pub fn whole(kind: IssueKind) -> Self {
        Self {
            row: None,
            ..Self::row(0, kind)
        }
    }

    /// An issue of a column as a whole.
    pub fn column(column: &str, kind: IssueKind) -> Self {
        Self::whole(kind).in_column(column)
    }

    /// Places it in a node and a rule file.
    #[must_use]
    pub fn at(mut self, node: NodeIndex, place: Option<Span>) -> Self {
        self.node = Some(node);
        self.place = place;
        self
    }

    /// Names the column.
    #[must_use]
    pub fn in_column(mut self, column: &str) -> Self {
        self.column = Some(column.into());
        self
    }

    /// Names the cell of the data file.
    #[must_use]
    pub fn in_cell(mut self, cell: CellPlace) -> Self {
        self.cell = Some(cell);
        self
    }

    /// Says what was found.
    #[must_use]
    pub fn found(mut self, found: impl Into<Box<str>>) -> Self {
        self.found = Some(found.into());
        self
    }
}
