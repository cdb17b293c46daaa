//! Changes that are tried out and not saved: `hukum.weight=15`, laid over a bundle as a later year would be.

use std::sync::Arc;

use super::{Bundle, Document, overlay, toml};
use crate::base::language::text;
use crate::base::{Error, ErrorKind, suggest};

/// Keys of `index.toml` that hold more keys.
const TABLES: [&str; 5] = ["parameters", "band", "target", "data", "columns"];

impl Bundle {
    /// The bundle with values set that no file says. Each is `id.key=value`, the id that of a node, or the path of a key
    /// of `index.toml` (`parameters.penalti=0.8`, `band.tanggap.from=60`, `index.decimals=1`), the value in TOML. What is
    /// wrong with a value is found by the check, at the text of the setting.
    ///
    /// ```
    /// # use tanggap::{Engine, bundle::DiskLoader};
    /// # let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
    /// let bundle = engine.bundle(&"ikotan/2021".parse()?)?.amended(&["hukum.weight=15"])?;
    /// let rules = engine.check_bundle(bundle)?.output;
    /// let hukum = rules.find("hukum").ok_or("no such node")?;
    /// assert_eq!(rules.node(hukum).weight.value, 15.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When a setting is none, or names nothing that the rule set has.
    pub fn amended(mut self, settings: &[impl AsRef<str>]) -> Result<Self, Error> {
        // What is tried out breaks no seal: nothing of it is kept.
        if !settings.is_empty() {
            self.seal = None;
        }
        for setting in settings {
            self.amend(setting.as_ref())?;
        }
        Ok(self)
    }

    fn amend(&mut self, setting: &str) -> Result<(), Error> {
        let malformed = || {
            Error::new(
                ErrorKind::Call,
                text!("`{setting}` bukan pengaturan", "`{setting}` is no setting"),
            )
            .with_help(text!(
                "contoh: `hukum.weight=15`, `parameters.penalti=0.8`, `band.tanggap.from=60`",
                "for example `hukum.weight=15`, `parameters.penalti=0.8`, `band.tanggap.from=60`"
            ))
        };
        let (path, value) = setting.split_once('=').ok_or_else(malformed)?;
        let path: Vec<&str> = path.split('.').map(str::trim).collect();
        let is_key =
            |key: &&str| !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_');
        let [id, rest @ ..] = path.as_slice() else {
            return Err(malformed());
        };
        // Bases are merged by now.
        if rest.is_empty()
            || rest == ["extends"]
            || !path.iter().all(is_key)
            || value.trim().is_empty()
            || value.contains('\n')
        {
            return Err(malformed());
        }
        let (stem, keys) = self.home(id, rest)?;
        let sources = Arc::make_mut(&mut self.sources);
        let line = format!("{} = {}", keys.join("."), value.trim());
        let file = sources.add("--set", line);
        let table = toml::parse(sources, file, &mut self.findings);
        let document = match stem.as_str() {
            "index" => Some(&mut self.index),
            stem => self.variables.get_mut(stem),
        };
        if let Some(document) = document {
            overlay::lay(&mut document.table, table, &mut self.findings);
        }
        Ok(())
    }

    /// The file that says something of an id, and the keys that lead to what is set.
    fn home(&self, id: &str, rest: &[&str]) -> Result<(String, Vec<String>), Error> {
        let keys = |head: &[&str]| {
            head.iter()
                .chain(rest)
                .map(|key| (*key).to_owned())
                .collect()
        };
        if id == "index" {
            return Ok(("index".to_owned(), keys(&[])));
        }
        if TABLES.contains(&id) {
            return Ok(("index".to_owned(), keys(&[id])));
        }
        if self.variables.contains_key(id) {
            return Ok((id.to_owned(), keys(&["variable"])));
        }
        let mut known: Vec<&str> = self.variables.keys().map(String::as_str).collect();
        known.extend(TABLES);
        let index = "index".to_owned();
        let documents = self.variables.iter().chain([(&index, &self.index)]);
        for (stem, Document { table, .. }) in documents {
            for kind in ["indicator", "node"] {
                let Some(own) = table.table(kind) else {
                    continue;
                };
                if own.get(id).is_some() {
                    return Ok((stem.clone(), keys(&[kind, id])));
                }
                known.extend(own.entries.keys().map(String::as_str));
            }
        }
        let name = &self.name;
        let error = Error::new(
            ErrorKind::Call,
            text!("`{name}` tidak memiliki `{id}`", "`{name}` has no `{id}`"),
        );
        Err(error.with_help_if(suggest::help(id, known)))
    }
}
