//! `tanggap serve`.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::time::Duration;

use clap::{ArgAction, Command};
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use super::args::{flag, most, option, poll};
use super::output::read_if_there;
use super::{Call, Entry, FINE};
use crate::Registry;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Lang};
use crate::report::render_diagnostics;
use crate::surface::http::{Limits, ServeOptions, Token, serve};
use crate::surface::watch::{WatchOptions, Watcher};
use crate::{RuleSetStatus, Trouble};

/// Where it listens unless the call says otherwise.
const ADDRESS: &str = "127.0.0.1:8787";

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "serve",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    command
        .about(say(
            "Melayani skor lewat HTTP; suntingan berkas aturan langsung dipakai",
            "Serve scores over HTTP; edits of rule files are taken up at once",
        ))
        .arg(option("bind", "ADDRESS").help(say(
            "Alamat dan porta; bawaan: 127.0.0.1:8787, hanya mesin ini",
            "Address and port; default: 127.0.0.1:8787, this machine only",
        )))
        .arg(
            option("token-file", "FILE")
                .conflicts_with("no-token")
                .help(say(
                    "Berkas berisi token yang harus ditunjukkan pemanggil",
                    "File with the token that callers must show",
                )),
        )
        .arg(flag("no-token").help(say(
            "Semua boleh memanggil, juga dari luar",
            "All may call, from elsewhere as well",
        )))
        .arg(flag("refuse-stale").help(say(
            "Tolak memberi skor bila berkas aturannya berubah dan tidak dapat dipakai",
            "Refuse to score where the rule files changed and cannot be used",
        )))
        .arg(poll(lang))
        .arg(option("cors", "ORIGIN").action(ArgAction::Append).help(say(
            "Halaman kantor lain yang boleh memanggil dari peramban, misalnya https://kantor.example; boleh berulang",
            "Pages of other offices that may call from a browser, such as https://office.example; may be repeated",
        )))
        .arg(most("max-megabytes", "COUNT").help(say(
            "Badan permintaan terbesar; bawaan: 64",
            "Largest body of a request; default: 64",
        )))
        .arg(most("max-rows", "COUNT").help(say(
            "Wilayah terbanyak dalam satu permintaan; bawaan: 1000000",
            "Most regions of a request; default: 1000000",
        )))
        .arg(most("max-seconds", "COUNT").help(say(
            "Waktu terlama untuk satu permintaan; bawaan: 30",
            "Longest time for a request; default: 30",
        )))
        .arg(most("max-requests", "COUNT").help(say(
            "Permintaan terbanyak sekaligus; bawaan: 8 tiap inti prosesor",
            "Most requests at once; default: 8 for each core",
        )))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let written = call.text("bind").unwrap_or_else(|| ADDRESS.to_owned());
    let address = address(&written)?;
    let token = token(call, address.ip())?;
    let folder = call.rules_folder();
    let options = ServeOptions {
        lang: call.lang,
        local_names_only: address.ip().is_loopback() && token.is_none(),
        token,
        cors: origins(call)?,
        limits: limits(call),
    };
    let poll = call.matches.get_one::<f64>("poll").copied();
    let watching = WatchOptions {
        poll: poll.map(Duration::from_secs_f64),
        ..WatchOptions::default()
    };
    let engine = call.engine.clone();
    let _watcher = Watcher::start(&engine, folder, watching);
    let status = engine.status();
    if let Some(error) = &status.trouble {
        call.output.error(&error.render(call.lang));
    }
    for own in &status.rule_sets {
        tell(call, own);
    }
    call.unread(&[]);
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| cannot(&written, error))?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(address).await?;
        let bound = listener.local_addr()?;
        let said = text!(
            "melayani di http://{bound} (Ctrl-C berhenti)",
            "serving at http://{bound} (Ctrl-C ends)"
        );
        call.output.print(said.get(call.lang));
        call.output.flush();
        serve(listener, engine, options, end()).await
    });
    // What was not done when the time was over is not waited for.
    runtime.shutdown_background();
    served.map_err(|error| cannot(&written, error))?;
    let said = text!("selesai", "done");
    call.output.print(said.get(call.lang));
    Ok(FINE)
}

/// Comes when somebody asks for the end.
async fn end() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        // A terminal that goes away asks for the end as well.
        let signals = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
        );
        if let (Ok(mut terminate), Ok(mut hangup)) = signals {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}

fn cannot(written: &str, error: std::io::Error) -> Error {
    Error::new(
        ErrorKind::Io,
        text!(
            "tidak dapat melayani di `{written}`",
            "cannot serve at `{written}`"
        ),
    )
    .with_source(error)
}

fn address(written: &str) -> Result<SocketAddr, Error> {
    let found = written.to_socket_addrs();
    let found = found.ok().and_then(|mut found| found.next());
    found.ok_or_else(|| {
        Error::new(
            ErrorKind::Call,
            text!("`{written}` bukan alamat", "`{written}` is no address"),
        )
        .with_help(text!(
            "tulis alamat dan porta: `127.0.0.1:8787`",
            "write address and port: `127.0.0.1:8787`"
        ))
    })
}

/// What callers must show: demanded where others than this machine can call.
fn token(call: &Call<'_>, ip: IpAddr) -> Result<Option<Token>, Error> {
    let Some(path) = call.text("token-file") else {
        if ip.is_loopback() || call.flag("no-token") {
            return Ok(None);
        }
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "alamat `{ip}` dapat dicapai dari luar: perlu `--token-file`",
                "the address `{ip}` can be reached from elsewhere: `--token-file` is needed"
            ),
        )
        .with_help(text!(
            "tulis token acak ke sebuah berkas, atau `--no-token` bila semua boleh memanggil",
            "write a random token into a file, or `--no-token` where all may call"
        )));
    };
    let Some(text) = read_if_there(&path)? else {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "berkas token `{path}` tidak ada",
                "there is no token file `{path}`"
            ),
        ));
    };
    let token = Token::new(text.trim());
    token.map(Some).ok_or_else(|| {
        Error::new(
            ErrorKind::Call,
            text!(
                "token dalam `{path}` tidak dapat dipakai: sedikitnya 16 huruf, angka atau tanda ASCII tanpa spasi",
                "the token in `{path}` cannot be used: 16 letters, digits or signs of ASCII at least, without spaces"
            ),
        )
    })
}

/// The pages of others that may call.
fn origins(call: &Call<'_>) -> Result<Vec<String>, Error> {
    let given = call.matches.get_many::<String>("cors");
    let given = given.into_iter().flatten();
    let check = |origin: &String| {
        let name = origin
            .strip_prefix("https://")
            .or(origin.strip_prefix("http://"));
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        let fits = name.is_some_and(|name| !name.is_empty() && name.chars().all(plain));
        if fits || origin == "*" {
            return Ok(origin.clone());
        }
        Err(Error::new(
            ErrorKind::Call,
            text!("`{origin}` bukan asal halaman", "`{origin}` is no origin"),
        )
        .with_help(text!(
            "tulis skema dan nama, dengan porta bila ada: `https://kantor.example`",
            "write scheme and name, with the port if there is one: `https://office.example`"
        )))
    };
    given.map(check).collect()
}

fn limits(call: &Call<'_>) -> Limits {
    let whole = |name: &str| call.matches.get_one::<u32>(name).map(|own| *own as usize);
    let own = Limits::default();
    let time = whole("max-seconds").map(|seconds| Duration::from_secs(seconds as u64));
    Limits {
        body: whole("max-megabytes").map_or(own.body, |own| own << 20),
        rows: whole("max-rows").unwrap_or(own.rows),
        time: time.unwrap_or(own.time),
        concurrency: whole("max-requests").unwrap_or(own.concurrency),
        ..own
    }
}

/// What is wrong with a rule set at the beginning.
fn tell(call: &mut Call<'_>, own: &RuleSetStatus) {
    let Some(trouble) = &own.trouble else { return };
    let (name, why) = (&own.name, trouble.summary());
    let said = match trouble {
        Trouble::Rules(found) | Trouble::Tests(found) => {
            render_diagnostics(found, call.lang, call.output.color())
        }
        _ => why.get(call.lang).to_owned(),
    };
    let head = text!("{name} tidak dipakai:", "{name} is not used:");
    call.output
        .error(&format!("{}\n{}", head.get(call.lang), said.trim_end()));
}
