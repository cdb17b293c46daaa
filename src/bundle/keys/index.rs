//! Keys of `index.toml` and its tables, but for those that nodes have, too.

use super::{Choice, Inherited, Key, KeyEffect, Kind, Place, key};

pub(super) const KEYS: &[Key] = &[
    key(
        "extends",
        &[Place::Index],
        Kind::Extends,
        ("dasar", "base"),
        (
            "dasarnya: \"2021\" atau \"indeks/2021\"",
            "its base: \"2021\" or \"index/2021\"",
        ),
    )
    .inherited(Inherited::Never),
    key(
        "status",
        &[Place::Index],
        Kind::Words(Choice::Status),
        ("status", "status"),
        ("seberapa resmi", "how official it is"),
    )
    .inherited(Inherited::Never)
    .effect(KeyEffect::Texts)
    .example("\"official\""),
    key(
        "scale",
        &[Place::Index],
        Kind::Range,
        ("skala", "scale"),
        ("rentang semua skor", "the range of all scores"),
    )
    .example("[0, 50]"),
    key(
        "decimals",
        &[Place::Index],
        Kind::Whole(0, 15),
        ("desimal terbit", "published decimals"),
        ("desimal yang diterbitkan", "published decimals"),
    )
    .default("2")
    .effect(KeyEffect::Placement)
    .example("4"),
    key(
        "rounding",
        &[Place::Index],
        Kind::Words(Choice::Rounding),
        ("pembulatan", "rounding"),
        ("cara membulatkan", "how it is rounded"),
    )
    .default("half-up")
    .effect(KeyEffect::Placement)
    .example("\"half-even\""),
    key(
        "band_value",
        &[Place::Index],
        Kind::Words(Choice::BandValue),
        (
            "nilai yang menentukan kategori",
            "value that bands are read off",
        ),
        (
            "nilai yang menentukan kategori",
            "the value that bands are read off",
        ),
    )
    .default("published")
    .effect(KeyEffect::Placement)
    .example("\"exact\""),
    key(
        "parameters",
        &[Place::Index],
        Kind::ById(Place::Parameter),
        ("parameter", "parameters"),
        ("angka bernama untuk rumus", "named numbers for formulas"),
    )
    .figures(),
    key(
        "band",
        &[Place::Index],
        Kind::ById(Place::Band),
        ("kategori", "bands"),
        (
            "kategori, menurut batas bawahnya",
            "bands, by their lower bounds",
        ),
    )
    .effect(KeyEffect::Placement)
    .figures(),
    key(
        "target",
        &[Place::Index],
        Kind::ById(Place::Target),
        ("sasaran", "targets"),
        ("sasaran", "targets"),
    )
    .inherited(Inherited::Never)
    .effect(KeyEffect::Targets),
    key(
        "columns",
        &[Place::Index],
        Kind::ById(Place::Alias),
        ("kolom", "columns"),
        (
            "nama pendek untuk judul kolom",
            "ids for headers of columns",
        ),
    ),
    key(
        "data",
        &[Place::Index],
        Kind::Table(Place::Data),
        ("data", "data"),
        ("cara membaca data", "how data is read"),
    ),
    key(
        "internal",
        &[Place::Index],
        Kind::Table(Place::Internal),
        ("yang ditahan", "what is withheld"),
        ("yang ditahan oleh --public", "what --public leaves out"),
    )
    .effect(KeyEffect::Texts),
    key(
        "lints",
        &[Place::Index],
        Kind::Lints,
        ("pemeriksaan", "lints"),
        (
            "seberapa gawat temuan pemeriksaan",
            "how serious findings of lints are",
        ),
    )
    .effect(KeyEffect::Texts)
    .example("{ W106 = \"off\" }"),
    key(
        "indicator",
        &[Place::Index, Place::VariableFile],
        Kind::ById(Place::Indicator),
        ("indikator", "indicators"),
        (
            "indikator yang langsung di bawahnya",
            "indicators directly below",
        ),
    ),
    key(
        "node",
        &[Place::Index, Place::VariableFile],
        Kind::ById(Place::Node),
        ("bagian", "nodes"),
        (
            "bagian lain yang langsung di bawahnya",
            "other parts directly below",
        ),
    ),
    key(
        "key",
        &[Place::Data],
        Kind::String,
        ("kolom kode wilayah", "column of region codes"),
        ("kolom kode wilayah", "column of region codes"),
    )
    .example("\"kode\""),
    key(
        "name",
        &[Place::Data],
        Kind::String,
        ("kolom nama wilayah", "column of region names"),
        ("kolom nama wilayah", "column of region names"),
    )
    .effect(KeyEffect::Texts)
    .example("\"nama\""),
    key(
        "year",
        &[Place::Data],
        Kind::String,
        ("kolom tahun", "column of years"),
        ("kolom tahun", "column of years"),
    )
    .example("\"tahun\""),
    key(
        "group",
        &[Place::Data],
        Kind::String,
        ("kolom kelompok", "column of groups"),
        (
            "kolom kelompok, misalnya provinsi",
            "column of groups, such as the province",
        ),
    )
    .effect(KeyEffect::Depends)
    .example("\"provinsi\""),
    key(
        "weighted_by",
        &[Place::Data],
        Kind::String,
        ("kolom bobot wilayah", "column of region weights"),
        (
            "kolom bobot wilayah untuk rata-rata",
            "column that weighs regions in means",
        ),
    )
    .effect(KeyEffect::Texts)
    .example("\"penduduk\""),
    key(
        "missing",
        &[Place::Data],
        Kind::Markers,
        ("tulisan tanpa data", "texts that mean no data"),
        (
            "tulisan yang berarti tidak ada data",
            "texts that mean no data",
        ),
    )
    .example("[\"-\"]"),
    key(
        "sheet",
        &[Place::Data],
        Kind::String,
        ("lembar kerja", "sheet"),
        ("lembar kerja", "sheet of a workbook"),
    )
    .example("\"Data\""),
    key(
        "indicator",
        &[Place::Data],
        Kind::String,
        ("kolom nama indikator", "column of indicators"),
        (
            "kolom nama indikator, bila satu baris satu nilai",
            "column of indicators' names, in data of one row per value",
        ),
    )
    .example("\"indikator\"\nvalue = \"nilai\""),
    key(
        "value",
        &[Place::Data],
        Kind::String,
        ("kolom nilai", "column of values"),
        (
            "kolom nilai, bila satu baris satu nilai",
            "column of values, in data of one row per value",
        ),
    )
    .example("\"nilai\"\nindicator = \"indikator\""),
    key(
        "reference",
        &[Place::Data],
        Kind::Words(Choice::Population),
        ("populasi acuan", "reference population"),
        ("populasi acuan", "the reference population"),
    )
    .default("data"),
    key(
        "value",
        &[Place::Parameter],
        Kind::Number,
        ("nilai", "value"),
        ("angkanya", "its number"),
    )
    .example("3"),
    key(
        "from",
        &[Place::Band],
        Kind::Number,
        ("batas bawah", "lower bound"),
        ("batas bawah, termasuk", "the lower bound, included"),
    )
    .effect(KeyEffect::Placement)
    .instead_of("above")
    .example("5"),
    key(
        "above",
        &[Place::Band],
        Kind::Number,
        ("batas bawah", "lower bound"),
        (
            "batas bawah, tidak termasuk",
            "the lower bound, not included",
        ),
    )
    .effect(KeyEffect::Placement)
    .instead_of("from")
    .example("5"),
    key(
        "count",
        &[Place::Target],
        Kind::Whole(1, u32::MAX),
        ("sasaran", "target count"),
        ("sekian wilayah", "the number of regions"),
    )
    .effect(KeyEffect::Targets)
    .example("9"),
    key(
        "band",
        &[Place::Target],
        Kind::String,
        ("kategori", "band"),
        (
            "pada kategori ini atau lebih baik",
            "at this band or better",
        ),
    )
    .effect(KeyEffect::Targets)
    .example(r#""rendah""#),
    key(
        "below_band",
        &[Place::Internal],
        Kind::String,
        ("kategori yang ditahan", "withheld below the band"),
        (
            "nilai wilayah di bawah kategori ini",
            "the figures of regions below this band",
        ),
    )
    .effect(KeyEffect::Texts)
    .example(r#""tinggi""#),
];
