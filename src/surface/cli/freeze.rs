//! `tanggap freeze`.

use std::path::Path;

use clap::Command;

use super::args::{data_arguments, rule_set, year};
use super::{Call, Entry, FINE, WRONG, data, output::write_file};
use crate::Registry;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Lang, Severity};
use crate::bundle::POPULATION;
use crate::check::rule_set::PopulationSource;
use crate::evaluate::freeze;

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "freeze",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    data_arguments(rule_set(command, lang), lang)
        .arg(year("year").help(say("Hanya tahun data ini; bawaan: semua tahun", "This year of the data only; default: all years")))
        .about(say(
            "Membekukan statistik acuan (min–maks, skor z, peringkat, rata-rata) ke dalam perangkat aturan",
            "Freeze reference statistics (min–max, z-score, ranks, means) into a rule set",
        ))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let name = call.rule_set()?;
    let built = call.engine.thawed_program(&name);
    let Some(program) = call.built(built)? else {
        return Ok(WRONG);
    };
    let asks = program.rules().nodes.iter();
    let asks = asks
        .filter_map(|node| node.indicator())
        .filter(|own| own.asks_population())
        .count();
    if asks == 0 {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "`{name}` tidak memakai statistik acuan: tidak ada yang perlu dibekukan",
                "`{name}` uses no reference statistics: there is nothing to freeze"
            ),
        ));
    }
    let path = call.text("data").unwrap_or_default();
    let dataset = data::read(call, &program, &path)?;
    let wrong = dataset
        .issues
        .iter()
        .filter(|issue| issue.kind.severity() == Severity::Error)
        .count();
    if wrong > 0 {
        return Err(Error::new(
            ErrorKind::Data,
            text!(
                "data ini punya {wrong} kesalahan; statistik acuan tidak dibekukan",
                "the data has {wrong} faults; no reference statistics were frozen"
            ),
        )
        .with_help(text!(
            "`tanggap score` menunjukkan semuanya",
            "`tanggap score` shows all of them"
        )));
    }
    let shown = Path::new(&path)
        .file_name()
        .map_or_else(|| path.clone(), |file| file.to_string_lossy().into_owned());
    let year = call.matches.get_one::<u16>("year").copied();
    let frozen = freeze(&program, &dataset, &shown, year)?;
    let folder = call.folder_of(&name);
    let target = folder.join(format!("{POPULATION}.toml"));
    let target = target.to_string_lossy().replace('\\', "/");
    let before = std::fs::metadata(&target).is_ok();
    write_file(&target, |out| out.write_all(frozen.as_bytes()))?;
    let years = year.map_or_else(|| dataset.years(), |year| vec![year]);
    let years: Vec<String> = years.iter().map(ToString::to_string).collect();
    let (of_id, of_en) = match years.as_slice() {
        [] => (String::new(), String::new()),
        years => (
            format!(" tahun {}", years.join(", ")),
            format!(" of {}", years.join(", ")),
        ),
    };
    let (instead_id, instead_en) = if before {
        (", menggantikan yang lama", ", in place of the old ones")
    } else {
        ("", "")
    };
    let said = text!(
        "statistik acuan {asks} indikator{of_id} dibekukan di {target}{instead_id}",
        "reference statistics of {asks} indicators{of_en} were frozen in {target}{instead_en}"
    );
    call.output.print(said.get(call.lang));
    // Whether they are used is for the author to say.
    let used = matches!(call.engine.check(&name), Ok(checked) if matches!(checked.output.population, PopulationSource::Frozen(_)));
    if !used {
        let said = text!(
            "untuk memakainya tulis `reference = \"frozen\"` dalam `[data]` di index.toml",
            "to use them, write `reference = \"frozen\"` in `[data]` of index.toml"
        );
        call.output.print(said.get(call.lang));
    }
    Ok(FINE)
}
