//! `[indicator.*]`.

use std::sync::Arc;

use super::{
    BodyDraft, IndicatorDraft, NodeDraft, citation::read_citation, parent::refuse_remove,
    read_options,
};
use crate::base::language::text;
use crate::base::{Code, Diagnostic, Sourced, Span};
use crate::bundle::{Table, Value};
use crate::calculus::{Methods, Normalisation, Options, Otherwise, TreatmentRule};
use crate::check::fields::Fields;
use crate::check::rule_set::{MissingPolicy, Outside};

pub(super) fn read_indicator(
    id: &str,
    span: Span,
    table: &Table,
    owner: &str,
    methods: &Methods,
    findings: &mut Vec<Diagnostic>,
) -> NodeDraft {
    let mut fields = Fields::new(table, span, findings);
    let parent = fields
        .string("parent")
        .unwrap_or_else(|| Sourced::default_value(owner.to_owned()));
    let column = fields.string("column");
    let value = fields.string("value");
    if let (Some(column), Some(value)) = (&column, &value) {
        let (at, other) = (value.origin.unwrap_or(span), column.origin.unwrap_or(span));
        fields.report(
            Diagnostic::error(
                Code::E207,
                at,
                text!(
                    "`value` dan `column` tidak dapat ditulis bersama",
                    "`value` and `column` exclude each other"
                ),
            )
            .also(other, text!("`column` di sini", "`column` here")),
        );
    }
    let normalisation = read_normalisation(&mut fields, methods);
    let better = fields.choice("better", &[("high", true), ("low", false)]);
    let high_is_better = check_direction(&mut fields, &normalisation, better);
    let treat = read_treatment(&mut fields, &normalisation);
    let draft = NodeDraft {
        id: id.to_owned(),
        span,
        title: fields.text("title"),
        parent: Some(parent),
        weight: fields.number("weight"),
        weight_is_faulty: fields.is_faulty("weight"),
        range: fields.range("range"),
        clamp: fields.flag("clamp"),
        internal: fields.flag("internal"),
        citation: read_citation(&mut fields),
        body: BodyDraft::Indicator(Box::new(IndicatorDraft {
            column,
            value,
            valid: fields.range("valid"),
            outside: fields.choice("outside", &Outside::NAMES),
            treat,
            missing: read_missing(&mut fields),
            normalisation,
            high_is_better,
            unit: fields.text("unit"),
            aspect: fields.string("aspect"),
        })),
    };
    refuse_remove(&mut fields);
    fields.finish(&format!("indicator.{id}"));
    draft
}

/// Keys of an indicator that only some normalisations take.
const METHOD_KEYS: [&str; 5] = ["worst", "best", "better", "target", "spread"];

type Chosen = Option<(Arc<dyn Normalisation>, Option<Span>, Options)>;

fn read_normalisation(fields: &mut Fields<'_>, methods: &Methods) -> Chosen {
    let Some(entry) = fields.entry("normalise") else {
        if fields.is_faulty("normalise") {
            // Which method was meant is said there; its options cannot be judged.
            fields.allow(&METHOD_KEYS);
            return None;
        }
        let method = methods.normalisation("goalposts")?.clone();
        let options = read_own_options(fields, &method)?;
        return Some((method, None, options));
    };
    let span = entry.item.span;
    match &entry.item.value {
        Value::Text(name) => {
            let method = known_method(fields, methods, name, span)?;
            let options = read_own_options(fields, &method)?;
            Some((method, Some(span), options))
        }
        Value::Table(table) if table.entries.len() == 1 => {
            let (name, inner) = table.entries.iter().next()?;
            let method = known_method(fields, methods, name, inner.key)?;
            let Value::Table(table) = &inner.item.value else {
                let at = inner.item.span;
                fields.wrong_type(name, at, text!("tabel `{{ … }}`", "a table `{{ … }}`"));
                return None;
            };
            let mut inner_fields = Fields::new(table, span, fields.findings());
            let options = read_options(&method.options(), &mut inner_fields, method.name());
            inner_fields.finish(name);
            let options = options?;
            check_options(fields, &method, &options);
            Some((method, Some(span), options))
        }
        _ => {
            fields.wrong_type(
                "normalise",
                span,
                text!(
                    "nama metode, atau `{{ z-score = {{ spread = 3 }} }}`",
                    "the name of a method, or `{{ z-score = {{ spread = 3 }} }}`"
                ),
            );
            None
        }
    }
}

fn known_method(
    fields: &mut Fields<'_>,
    methods: &Methods,
    name: &str,
    span: Span,
) -> Option<Arc<dyn Normalisation>> {
    let found = methods.normalisation(name).cloned();
    if found.is_none() {
        let names = methods.normalisations.iter().map(|method| method.name());
        fields.unknown_word("normalise", name, span, names);
        fields.allow(&METHOD_KEYS);
    }
    found
}

/// The options of the method from the keys of the indicator itself.
fn read_own_options(fields: &mut Fields<'_>, method: &Arc<dyn Normalisation>) -> Option<Options> {
    let specs = method.options();
    let name = method.name();
    let options = read_options(&specs, fields, name);
    for key in METHOD_KEYS {
        if key == "better" || specs.iter().any(|spec| spec.name == key) {
            continue;
        }
        if let Some(entry) = fields.entry(key) {
            let at = entry.key;
            fields.report(
                Diagnostic::error(
                    Code::E208,
                    at,
                    text!(
                        "`{key}` tidak dipakai oleh metode `{name}`",
                        "the method `{name}` does not use `{key}`"
                    ),
                )
                .help(text!(
                    "hapus `{key}`, atau pilih metode lain dengan `normalise`",
                    "delete `{key}`, or choose another method by `normalise`"
                )),
            );
        }
    }
    let options = options?;
    check_options(fields, method, &options);
    Some(options)
}

fn check_options(fields: &mut Fields<'_>, method: &Arc<dyn Normalisation>, options: &Options) {
    if let Err((option, message)) = method.check(options) {
        let at = options
            .sourced(option)
            .and_then(|value| value.origin)
            .unwrap_or(fields.span);
        fields.report(Diagnostic::error(Code::E209, at, message));
    }
}

fn check_direction(
    fields: &mut Fields<'_>,
    chosen: &Chosen,
    better: Option<Sourced<bool>>,
) -> Option<Sourced<bool>> {
    let (method, _, options) = chosen.as_ref()?;
    let name = method.name();
    match (method.asks_direction(options), better) {
        (true, None) if fields.entry("better").is_none() => {
            let span = fields.span;
            fields.report(
                Diagnostic::error(
                    Code::E210,
                    span,
                    text!(
                        "`better` belum ditulis; `{name}` tidak tahu ujung mana yang lebih baik",
                        "`better` is not written, and `{name}` cannot tell which end is better"
                    ),
                )
                .help(text!(
                    "tulis `better = \"high\"` atau `better = \"low\"`",
                    "write `better = \"high\"` or `better = \"low\"`"
                )),
            );
            None
        }
        (false, Some(written)) => {
            let at = written.origin.unwrap_or(fields.span);
            fields.report(
                Diagnostic::error(
                    Code::E210,
                    at,
                    text!(
                        "`better` tidak berlaku bagi metode `{name}`",
                        "`better` does not apply to the method `{name}`"
                    ),
                )
                .help(text!(
                    "arahnya sudah terbaca dari `worst` dan `best`",
                    "the direction is read off `worst` and `best`"
                )),
            );
            None
        }
        (_, better) => better,
    }
}

/// `treat = { winsorise = 5, skew = 2, kurtosis = 3.5, else = "log" }`, each key with its default.
fn read_treatment(fields: &mut Fields<'_>, chosen: &Chosen) -> Option<Sourced<TreatmentRule>> {
    let entry = fields.entry("treat")?;
    let span = entry.item.span;
    // A later year may do without.
    if entry.item.value == Value::Bool(false) {
        return None;
    }
    let Value::Table(table) = &entry.item.value else {
        fields.wrong_type(
            "treat",
            span,
            text!(
                "tabel `{{ winsorise = 5, else = \"log\" }}`",
                "a table `{{ winsorise = 5, else = \"log\" }}`"
            ),
        );
        return None;
    };
    let mut inner = Fields::new(table, span, fields.findings());
    let winsorise = inner.whole("winsorise", 0, 1000).map_or(5, |n| n.value);
    let mut limit = |key, default| {
        let written = inner.number(key);
        if let Some(at) = written.filter(|n| n.value < 0.0).and_then(|n| n.origin) {
            inner.wrong_type(
                key,
                at,
                text!("angka, sedikitnya 0", "a number, at least 0"),
            );
        }
        written.map_or(default, |number| number.value)
    };
    let (skew, kurtosis) = (limit("skew", 2.0), limit("kurtosis", 3.5));
    let otherwise = inner.choice("else", &Otherwise::NAMES);
    inner.finish("treat");
    let otherwise = otherwise.map_or(Otherwise::Keep, |otherwise| otherwise.value);
    if let (Otherwise::Log, Some((method, _, options))) = (otherwise, chosen)
        && !method.scale_free(options)
    {
        let name = method.name();
        fields.report(
            Diagnostic::error(
                Code::E212,
                span,
                text!(
                    "`else = \"log\"` tidak cocok dengan `{name}`, yang batasnya pada skala mentah",
                    "`else = \"log\"` does not go with `{name}`, whose limits are on the raw scale"
                ),
            )
            .help(text!(
                "pakai `min-max`, `z-score` atau peringkat, atau `normalise = \"log\"` tanpa `treat`",
                "use `min-max`, `z-score` or a rank, or `normalise = \"log\"` without `treat`"
            )),
        );
    }
    Some(Sourced::written(
        TreatmentRule {
            winsorise,
            skew,
            kurtosis,
            otherwise,
        },
        span,
    ))
}

fn read_missing(fields: &mut Fields<'_>) -> Sourced<MissingPolicy> {
    let default = Sourced::default_value(MissingPolicy::Skip);
    let Some(entry) = fields.entry("missing") else {
        return default;
    };
    let span = entry.item.span;
    match &entry.item.value {
        Value::Text(_) => fields
            .choice("missing", &MissingPolicy::NAMES)
            .unwrap_or(default),
        Value::Table(table) => {
            let mut inner = Fields::new(table, span, fields.findings());
            let value = inner.number("value");
            let value = inner.required("value", value);
            inner.finish("missing");
            value.map_or(default, |value| {
                Sourced::written(MissingPolicy::Value(value.value), span)
            })
        }
        _ => {
            fields.wrong_type(
                "missing",
                span,
                text!(
                    "`\"skip\"`, `\"fail\"`, `\"worst\"`, `\"best\"`, `\"mean\"`, `\"group-mean\"` atau `{{ value = 2.5 }}`",
                    "`\"skip\"`, `\"fail\"`, `\"worst\"`, `\"best\"`, `\"mean\"`, `\"group-mean\"` or `{{ value = 2.5 }}`"
                ),
            );
            default
        }
    }
}
