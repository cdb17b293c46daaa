//! Keys of nodes: variables, levels between, indicators; and what vouches for a value.

use super::{Choice, Inherited, Key, KeyEffect, Kind, Place, key};

/// Every part of the tree but the index.
const NODES: &[Place] = &[Place::Variable, Place::Node, Place::Indicator];
/// Whatever has children.
const PARENTS: &[Place] = &[Place::Index, Place::Variable, Place::Node];
/// Whatever has a title and is vouched for.
const CITED: &[Place] = &[
    Place::Index,
    Place::Variable,
    Place::Node,
    Place::Indicator,
    Place::Band,
    Place::Parameter,
    Place::Target,
];

pub(super) const KEYS: &[Key] = &[
    key(
        "variable",
        &[Place::VariableFile],
        Kind::Table(Place::Variable),
        ("variabel", "variable"),
        ("variabel ini", "this variable"),
    ),
    key(
        "title",
        CITED,
        Kind::Text,
        ("judul", "title"),
        ("judul", "title"),
    )
    .inherited(Inherited::Whole)
    .effect(KeyEffect::Texts)
    .example("\"Lain\""),
    key(
        "weight",
        NODES,
        Kind::Number,
        ("bobot", "weight"),
        ("bobot di antara saudaranya", "weight among its siblings"),
    )
    .example("7"),
    key(
        "range",
        NODES,
        Kind::Range,
        ("rentang skor", "range of scores"),
        (
            "rentang skornya; bawaan: skala",
            "the range of its score; default: the scale",
        ),
    )
    .default("scale")
    .example("[0, 90]"),
    key(
        "clamp",
        &[Place::Index, Place::Variable, Place::Node, Place::Indicator],
        Kind::Flag,
        ("pembatasan ke rentang", "clamping"),
        (
            "hasil di luar rentang dipindahkan ke ujungnya",
            "a result outside the range is moved to its end",
        ),
    )
    .example("true"),
    key(
        "internal",
        NODES,
        Kind::Flag,
        ("ditahan", "withheld"),
        ("ditahan oleh --public", "left out with --public"),
    )
    .default("false")
    .effect(KeyEffect::Texts)
    .example("true"),
    key(
        "parent",
        &[Place::Node, Place::Indicator],
        Kind::String,
        ("induk", "parent"),
        ("induknya", "its parent"),
    ),
    key(
        "remove",
        &[
            Place::Variable,
            Place::Node,
            Place::Indicator,
            Place::Band,
            Place::Parameter,
            Place::Target,
        ],
        Kind::Remove,
        ("penghapusan", "removal"),
        (
            "hapus bagian ini dari dasarnya",
            "take this out of the base",
        ),
    )
    .inherited(Inherited::Never),
    key(
        "aggregate",
        PARENTS,
        Kind::Aggregation,
        ("agregasi", "aggregation"),
        (
            "agregasi bernama; tanpa ini dan tanpa rumus: rata-rata tertimbang",
            "a named aggregation; without it and without a formula: the weighted mean",
        ),
    )
    .default("weighted-mean")
    .inherited(Inherited::Whole)
    .example("\"geometric-mean\""),
    key(
        "available_at_least",
        PARENTS,
        Kind::Number,
        (
            "bagian bobot yang harus ada",
            "least share of available weight",
        ),
        (
            "bagian bobot yang sedikitnya harus ada, 0 sampai 1",
            "the least share of weight that must be available, 0 to 1",
        ),
    )
    .example("0.5"),
    key(
        "round_to",
        PARENTS,
        Kind::Whole(0, 15),
        ("desimal bagi induknya", "decimals for its parent"),
        (
            "desimal yang dibaca induknya",
            "the decimals that its parent reads",
        ),
    )
    .example("1"),
    key(
        "weights_sum",
        PARENTS,
        Kind::Number,
        ("jumlah bobot", "sum of weights"),
        (
            "jumlah yang seharusnya bagi bobot bagian-bagiannya",
            "what the weights of its parts are to add up to",
        ),
    )
    .effect(KeyEffect::Texts)
    .example("2"),
    key(
        "rescale",
        PARENTS,
        Kind::Flag,
        ("penskalaan jumlah", "scaling up of sums"),
        (
            "jumlah atas sebagian bagian dinaikkan sebanding",
            "a sum over some of the parts is scaled up",
        ),
    )
    .example("true\naggregate = \"sum\""),
    key(
        "formula",
        PARENTS,
        Kind::False,
        ("rumus", "formula"),
        (
            "`false` membuang rumus dasarnya",
            "`false` drops the formula of the base",
        ),
    ),
    key(
        "column",
        &[Place::Indicator],
        Kind::String,
        ("kolom", "column"),
        (
            "judul kolom datanya; bawaan: id",
            "the header of its column; default: the id",
        ),
    )
    .default("id")
    .instead_of("value")
    .example("\"Kolom lain\""),
    key(
        "value",
        &[Place::Indicator],
        Kind::String,
        ("nilai", "value"),
        (
            "rumus satu baris atas kolom data",
            "a one-line expression over columns of data",
        ),
    )
    .instead_of("column")
    .example("\"x * 2\""),
    key(
        "normalise",
        &[Place::Indicator],
        Kind::Normalisation,
        ("normalisasi", "normalisation"),
        (
            "cara menjadikannya skor; bawaan: nilai acuan worst dan best",
            "how it becomes a score; default: the goalposts worst and best",
        ),
    )
    .default("goalposts")
    .inherited(Inherited::Whole)
    .of_method()
    .example(r#""percentile-rank""#),
    key(
        "better",
        &[Place::Indicator],
        Kind::Words(Choice::Direction),
        ("arah", "direction"),
        ("arah yang lebih baik", "the better direction"),
    )
    .of_method()
    .example(r#""low""#),
    key(
        "valid",
        &[Place::Indicator],
        Kind::Range,
        ("rentang sah", "valid range"),
        ("rentang nilai yang sah", "the range of valid values"),
    )
    .example("[0, 500]"),
    key(
        "outside",
        &[Place::Indicator],
        Kind::Words(Choice::Outside),
        (
            "perlakuan nilai di luar rentang",
            "policy outside the valid range",
        ),
        (
            "nilai di luar rentang sah",
            "a value outside the valid range",
        ),
    )
    .default("missing")
    .inherited(Inherited::Whole)
    .example("\"clamp\""),
    key(
        "missing",
        &[Place::Indicator],
        Kind::MissingPolicy,
        ("perlakuan data kosong", "missing-data policy"),
        ("bila datanya kosong", "where its data is missing"),
    )
    .default("skip")
    .inherited(Inherited::Whole)
    .example("\"fail\""),
    key(
        "treat",
        &[Place::Indicator],
        Kind::Treatment,
        ("perlakuan pencilan", "treatment of outliers"),
        ("perlakuan pencilan", "treatment of outliers"),
    )
    .inherited(Inherited::Whole)
    .example("{ winsorise = 3 }"),
    key(
        "unit",
        &[Place::Indicator, Place::Parameter],
        Kind::Text,
        ("satuan", "unit"),
        ("satuan", "unit"),
    )
    .effect(KeyEffect::Texts)
    .example("\"%\""),
    key(
        "aspect",
        &[Place::Indicator],
        Kind::String,
        ("aspek", "aspect"),
        (
            "pengelompokan kedua milik kantor",
            "the office's own second grouping",
        ),
    )
    .effect(KeyEffect::Texts)
    .example("\"layanan\""),
    key(
        "reference",
        CITED,
        Kind::References,
        ("rujukan", "reference"),
        ("tempat terbitnya", "where it is published"),
    )
    .inherited(Inherited::Whole)
    .effect(KeyEffect::Texts)
    .example("\"Perka 1/2020\""),
    key(
        "note",
        CITED,
        Kind::Text,
        ("catatan", "note"),
        ("catatan", "what there is to say about it"),
    )
    .inherited(Inherited::Whole)
    .effect(KeyEffect::Texts)
    .example("\"Catatan\""),
    key(
        "reviewed",
        CITED,
        Kind::Date,
        ("tanggal tinjauan", "date of review"),
        (
            "tanggal terakhir ditinjau, tanpa tanda kutip: 2024-01-15",
            "the date of the last review, without quotes: 2024-01-15",
        ),
    )
    .inherited(Inherited::Never)
    .effect(KeyEffect::Texts)
    .example("2024-01-15"),
];
