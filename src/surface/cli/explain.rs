//! `tanggap explain`.

use clap::Command;

use super::args::{choice, data_arguments, data_year, option, public, rule_set, set};
use super::{Call, Entry, FINE, WRONG, data};
use crate::Registry;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Lang, suggest};
use crate::report::{
    explanation_json, is_region_withheld, public_explanation, render_explanation, render_issues,
    without_regions,
};

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "explain",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    data_arguments(rule_set(command, lang), lang)
        .arg(data_year(lang))
        .arg(public(lang))
        .arg(set(lang))
        .about(say(
            "Menjelaskan skor satu wilayah",
            "Explain the score of one region",
        ))
        .arg(
            option("region", "CODE")
                .required(true)
                .help(say("Kode wilayah", "Region code")),
        )
        .arg(
            choice("format", "text|json", &["text", "json"])
                .help(say("Bentuk keluaran", "Form of the output")),
        )
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let name = call.rule_set()?;
    let Some(program) = call.program(&name)? else {
        return Ok(WRONG);
    };
    let scored = data::score(call, &program)?;
    let region = call.text("region").unwrap_or_default();
    let position = scored.scores.find(&region);
    let withheld = |at: &usize| is_region_withheld(&scored.scores, *at);
    if call.flag("public") && position.as_ref().is_some_and(withheld) {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "wilayah `{region}` ditahan: internal menurut perangkat aturan",
                "the region `{region}` is withheld: internal by the rule set"
            ),
        ));
    }
    if let Some(at) = position
        && let refused = crate::explain::refusal(&scored.scores, at)
        && !refused.is_empty()
    {
        let mut scores = scored.scores;
        scores.issues = refused;
        let issues = render_issues(&scores, call.lang);
        call.output.error(issues.trim_end());
        return Ok(WRONG);
    }
    let Some(mut explanation) = position.and_then(|at| crate::explain(&scored.scores, at)) else {
        let error = Error::new(
            ErrorKind::Call,
            text!(
                "wilayah `{region}` tidak ada dalam data",
                "the data has no region `{region}`"
            ),
        );
        let scores = &scored.scores;
        let public = call.flag("public");
        // A region that is withheld is not named, either.
        let known = scores.regions.iter().enumerate();
        let known = known.filter(|(at, _)| !public || !is_region_withheld(scores, *at));
        let near = suggest::nearest(&region, known.map(|(_, known)| &**known));
        return Err(match near {
            Some(near) => error.with_help(text!("maksud Anda `{near}`?", "did you mean `{near}`?")),
            None => error,
        });
    };
    let record = scored.record(call, "json");
    let mut scores = scored.scores;
    if call.flag("public") {
        public_explanation(program.rules(), &mut explanation);
        scores = without_regions(&scores, &|_| false);
    }
    if call.text("format").as_deref() == Some("json") {
        let json = explanation_json(&scores, &explanation, &record);
        call.output.print(&format!("{json:#}"));
    } else {
        let text = render_explanation(&scores, &explanation, &scored.name, call.lang);
        call.output.print(text.trim_end());
    }
    Ok(FINE)
}
