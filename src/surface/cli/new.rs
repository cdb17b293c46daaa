//! `tanggap new`.

use clap::Command;

use super::args::{option, rule_set};
use super::{
    Call, Entry, FINE, WRONG,
    output::{make_folder, write_new_file},
};
use crate::Registry;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Lang, RuleSetName, Text};
use crate::check::RuleSet;

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "new",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    rule_set(command, lang)
        .about(say(
            "Memulai tahun program baru, atau indeks baru; tidak menimpa apa pun",
            "Start a new program year, or a new index; overwrites nothing",
        ))
        .arg(option("from", "RULESET").help(say(
            "Dasarnya: 2022, atau ikotan/2022; tanpa ini dibuat indeks kecil yang berjalan",
            "Its base: 2022, or ikotan/2022; without it a small index that works is made",
        )))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let name = call.rule_set()?;
    let folder = call.folder_of(&name);
    let path = |file: &str| folder.join(file).to_string_lossy().replace('\\', "/");
    #[allow(clippy::disallowed_methods)]
    let holds = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
    if holds {
        let shown = path("");
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "`{shown}` sudah berisi berkas; tidak ada yang ditimpa",
                "`{shown}` holds files already; nothing is overwritten"
            ),
        ));
    }
    let schemas = Schemas(call.rules_folder().join("schema").is_dir());
    let files = match call.text("from") {
        Some(written) => {
            let full = if written.contains('/') {
                written.clone()
            } else {
                format!("{}/{written}", name.index)
            };
            let base: RuleSetName = full.parse()?;
            let Some(program) = call.program(&base)? else {
                return Ok(WRONG);
            };
            let extends = if base.index == name.index {
                format!("{:04}", base.year)
            } else {
                base.to_string()
            };
            vec![(
                "index.toml",
                overlay(&name, &extends, program.rules(), call.lang, &schemas),
            )]
        }
        None => small(&name, call.lang, &schemas),
    };
    make_folder(&folder)?;
    for (file, text) in &files {
        write_new_file(&path(file), |out| out.write_all(text.as_bytes()))?;
        let shown = path(file);
        let said = text!("ditulis: {shown}", "written: {shown}");
        call.output.print(said.get(call.lang));
    }
    let said = text!(
        "berikutnya: `tanggap check {name}`, `tanggap columns {name} --template data.csv`, `tanggap test {name} --suggest`",
        "next: `tanggap check {name}`, `tanggap columns {name} --template data.csv`, `tanggap test {name} --suggest`"
    );
    call.output.print(said.get(call.lang));
    Ok(FINE)
}

/// Whether there are schemas, as `tanggap schema` writes them, for an editor to be led to.
struct Schemas(bool);

impl Schemas {
    fn line(&self, kind: &str) -> String {
        if self.0 {
            format!("#:schema ../../schema/{kind}.json\n")
        } else {
            String::new()
        }
    }
}

/// `index.toml` of a year that extends another: what one usually changes, in comments, with what it now is.
fn overlay(
    name: &RuleSetName,
    extends: &str,
    base: &RuleSet,
    lang: Lang,
    schema: &Schemas,
) -> String {
    let mut out = schema.line("index");
    let mut line = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    let title = base.root().title.get(lang);
    line(&format!(
        "# {title} {}: {}",
        name.year,
        say(
            "hanya yang berbeda dari dasarnya ditulis di sini.",
            "only what differs from its base is written here.",
        )
    ));
    line(&format!("extends = \"{extends}\""));
    line(say(
        "status  = \"draft\"     # \"official\" setelah terbit, \"illustrative\" bila aturan resminya tidak terbit",
        "status  = \"draft\"     # \"official\" once published, \"illustrative\" where the official rules are not",
    ));
    line("");
    line(say(
        "# Yang biasa berubah tiap tahun, dengan nilai dasarnya. Hapus tanda # untuk mengubah.",
        "# What usually changes each year, with the values of the base. Take away a # to change one.",
    ));
    if !base.parameters.is_empty() {
        line("");
        line("# [parameters]");
        for parameter in &base.parameters {
            line(&format!("# {} = {}", parameter.id, parameter.value.value));
        }
    }
    for band in &base.bands {
        line("");
        line(&format!("# [band.{}]", band.id));
        let key = if band.inclusive { "from" } else { "above" };
        line(&format!("# {key} = {}", band.bound.value));
    }
    line("");
    line(say(
        "# Sasaran tidak diwariskan: setiap tahun menyatakan sasarannya sendiri.",
        "# Targets are not inherited: each year states its own.",
    ));
    match base.targets.first() {
        Some(target) => {
            line(&format!("# [target.{}]", target.id));
            line(&format!("# count = {}", target.count.value));
            let band = base.bands.get(target.band);
            line(&format!(
                "# band  = \"{}\"",
                band.map_or("", |band| &band.id)
            ));
        }
        None => {
            let bands: Vec<&str> = base.bands.iter().map(|band| band.id.as_str()).collect();
            line("# [target.wilayah]");
            line("# count = …");
            line(&format!(
                "# band  = \"…\"     # {} {}",
                say("salah satu dari", "one of"),
                bands.join(", ")
            ));
        }
    }
    line("");
    line(say(
        "# Bobot variabel diubah dalam berkas bernama sama di folder ini, di bawah baris [variable]:",
        "# The weight of a variable is changed in a file of the same name in this folder, below a line [variable]:",
    ));
    for node in base.variables() {
        let node = base.node(*node);
        if node.indicator().is_some() {
            continue;
        }
        line(&format!(
            "#   {}.toml: weight = {}",
            node.id, node.weight.value
        ));
    }
    line(say(
        "# Indikator baru: [indicator.<id>] dalam berkas variabelnya; yang dihapus: [indicator.<id>] remove = true.",
        "# A new indicator: [indicator.<id>] in the file of its variable; one to remove: [indicator.<id>] remove = true.",
    ));
    line(&format!(
        "# {}: tanggap diff {} {name} --data …",
        say(
            "Akibatnya bagi tiap wilayah",
            "What that does to each region"
        ),
        base.name
    ));
    out
}

/// A small index that works.
fn small(name: &RuleSetName, lang: Lang, schemas: &Schemas) -> Vec<(&'static str, String)> {
    let pair = |id: &'static str, en: &'static str| Text::new(id, en);
    let title = |text: Text| format!("{{ id = \"{}\", en = \"{}\" }}", text.id, text.en);
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    let index = format!(
        "{}# {}\ntitle  = {}\nstatus = \"draft\"\nscale  = [0, 100]\n\n[data]\nkey = \"kode\"\n\n\
         [parameters]\nbatas_kritis = 25\npotongan     = 0.9\n\n\
         [band.rendah]\ntitle = {}\nfrom  = 0\n\n[band.tinggi]\ntitle = {}\nfrom  = 60\n",
        schemas.line("index"),
        say(
            "Indeks baru: ganti judul, kategori dan variabelnya dengan milik Anda.",
            "A new index: replace its title, bands and variables by your own.",
        ),
        title(Text::new(
            format!("Indeks {}", name.index),
            format!("Index {}", name.index),
        )),
        title(pair("Rendah", "Low")),
        title(pair("Tinggi", "High")),
    );
    let variable = format!(
        "{}# {}\n[variable]\ntitle  = {}\nweight = 1\n\n\
         [indicator.cakupan]\ntitle  = {}\nunit   = \"%\"\nweight = 2\nworst  = 0\nbest   = 100\n\n\
         [indicator.kasus]\ntitle  = {}\nweight = 1\nworst  = 50       # {}\nbest   = 0\n",
        schemas.line("variable"),
        say(
            "Satu variabel: bobotnya dan indikator-indikatornya. Berkas lain di folder ini menambah variabel.",
            "One variable: its weight and its indicators. Another file in this folder adds a variable.",
        ),
        title(pair("Contoh", "Example")),
        title(pair("Cakupan layanan", "Coverage of services")),
        title(pair("Kasus per 10.000 penduduk", "Cases per 10,000 people")),
        say("makin sedikit makin baik", "less is better"),
    );
    let formula = format!(
        "// {}\nlet skor = weighted_mean(indicators);\nif round(cakupan, 6) < parameters.batas_kritis {{ skor * parameters.potongan }} else {{ skor }}\n",
        say(
            "Rumus variabel; tanpa berkas ini skornya rata-rata tertimbang.",
            "The formula of the variable; without this file its score is the weighted mean.",
        ),
    );
    vec![
        ("index.toml", index),
        ("contoh.toml", variable),
        ("contoh.rhai", formula),
    ]
}
