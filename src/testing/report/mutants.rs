//! What became of small wrong edits, in words and as JSON.

use serde_json::{Value, json};

use crate::base::Lang;
use crate::base::language::text;
use crate::check::RuleSet;
use crate::testing::mutants::{Fate, Mutant};
use crate::testing::suite::{Suite, Survivor};

/// The survivors with their place and the case that would catch each, and how many of which kind there are. Those that
/// the tests give a reason for are only counted.
pub fn render_mutants(
    rules: &RuleSet,
    suite: &Suite,
    mutants: &[(Mutant, Fate)],
    lang: Lang,
) -> String {
    let mut out = String::new();
    let mut shown: Vec<&str> = Vec::new();
    for (mutant, case) in survivors(suite, mutants) {
        let place = mutant
            .place
            .map(|span| format!("{}: ", rules.sources.place(span)));
        let (place, id, what) = (place.unwrap_or_default(), &mutant.id, mutant.what.get(lang));
        let said = text!(
            "tidak ketahuan: {place}{what}\n  id: {id}\n",
            "survives: {place}{what}\n  id: {id}\n"
        );
        out.push_str(said.get(lang));
        // Below its id and title.
        let body = case.map_or("", |case| case.splitn(3, '\n').nth(2).unwrap_or(""));
        match case {
            Some(_) if shown.contains(&body) => {
                let said = text!(
                    "  ditangkap juga oleh kasus yang sama di atas\n",
                    "  caught by the same case as above, too\n"
                );
                out.push_str(said.get(lang));
            }
            Some(case) => {
                shown.push(body);
                let said = text!(
                    "  kasus ini akan menangkapnya:\n",
                    "  this case would catch it:\n"
                );
                out.push_str(said.get(lang));
                for line in case.lines() {
                    out.push_str(&format!("    {line}\n"));
                }
            }
            None => {
                let said = text!(
                    "  tidak ada wilayah contoh yang membedakannya; bila memang sama, tulis alasannya dalam `[survivors]`\n",
                    "  no made-up region tells it apart; if it is the same indeed, say why in `[survivors]`\n"
                );
                out.push_str(said.get(lang));
            }
        }
        out.push('\n');
    }
    for survivor in stale(suite, mutants) {
        let id = &survivor.id;
        let place = suite.sources.place(survivor.span);
        let said = text!(
            "{place}: `{id}` kini ketahuan; alasannya dapat dihapus\n",
            "{place}: `{id}` is noticed now; its reason can go\n"
        );
        out.push_str(said.get(lang));
    }
    let count =
        |which: &dyn Fn(&Fate) -> bool| mutants.iter().filter(|(_, fate)| which(fate)).count();
    let killed = count(&|fate| matches!(fate, Fate::Killed(_)));
    let equivalent = count(&|fate| matches!(fate, Fate::Equivalent(_)));
    let open = survivors(suite, mutants).count();
    let reasoned = mutants.len() - killed - equivalent - open;
    let (name, all, status) = (
        &rules.name,
        mutants.len() - equivalent,
        rules.status.value.title(),
    );
    let status = status.get(lang);
    let said = text!(
        "{name}: {killed} dari {all} perubahan kecil ketahuan, {open} tidak, {reasoned} tidak dengan alasan; {equivalent} terbukti sama ({status})\n",
        "{name}: {killed} of {all} small edits noticed, {open} survive, {reasoned} survive for a reason; {equivalent} proved the same ({status})\n"
    );
    out.push_str(said.get(lang));
    out
}

/// The survivors that the tests give no reason for, each with the case that would catch it.
pub fn survivors<'a>(
    suite: &'a Suite,
    mutants: &'a [(Mutant, Fate)],
) -> impl Iterator<Item = (&'a Mutant, Option<&'a str>)> {
    mutants.iter().filter_map(|(mutant, fate)| match fate {
        Fate::Survived(case) if !has_reason(suite, mutant) => Some((mutant, case.as_deref())),
        _ => None,
    })
}

fn has_reason(suite: &Suite, mutant: &Mutant) -> bool {
    suite.survivors.iter().any(|own| own.id == mutant.id)
}

/// Reasons for what no longer survives.
fn stale<'a>(
    suite: &'a Suite,
    mutants: &'a [(Mutant, Fate)],
) -> impl Iterator<Item = &'a Survivor> {
    let survives = |id: &str| {
        let mut own = mutants.iter();
        own.any(|(mutant, fate)| mutant.id == id && matches!(fate, Fate::Survived(_)))
    };
    suite.survivors.iter().filter(move |own| !survives(&own.id))
}

/// What became of all edits, as JSON.
pub fn mutants_json(rules: &RuleSet, suite: &Suite, mutants: &[(Mutant, Fate)]) -> Value {
    let list = mutants.iter().map(|(mutant, fate)| {
        let place = mutant.place.map(|span| rules.sources.place(span));
        let (name, detail) = match fate {
            Fate::Killed(by) => ("killed", json!(by)),
            Fate::Equivalent(why) => ("equivalent", json!({ "id": why.id, "en": why.en })),
            Fate::Survived(case) => ("survived", json!(case)),
        };
        let reason = suite.survivors.iter().find(|own| own.id == mutant.id);
        json!({
            "id": mutant.id,
            "what": { "id": mutant.what.id, "en": mutant.what.en },
            "file": place.as_ref().map(|place| place.path.clone()),
            "line": place.as_ref().map(|place| place.line),
            "fate": name,
            "detail": detail,
            "reason": reason.map(|own| json!({ "id": own.reason.id, "en": own.reason.en })),
        })
    });
    let list: Vec<Value> = list.collect();
    json!({
        "rules": rules.name.to_string(),
        "status": rules.status.value.name(),
        "rules_digest": rules.rules_digest,
        "mutants": list,
    })
}
