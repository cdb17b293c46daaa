//! Requests a second and the time of the slowest hundredth of `POST /v1/score`, beside a bare axum route that reads the same
//! bytes and answers with as many.
//!
//! `cargo bench --bench serve`; `-- 20` for other rounds. Client and service share the machine; both routes are called in
//! turns over connections that stay open. The rule set is W (`benches/rules`): 60 indicators in five variables.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use tanggap::Engine;
use tanggap::base::RuleSetName;
use tanggap::bundle::DiskLoader;
use tanggap::surface::http::{ServeOptions, serve};

const RULE_SET: &str = "w/2001";
const CONNECTIONS: usize = 4;
const ROUNDS: usize = 10;
const ROUND: Duration = Duration::from_millis(500);

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let rounds = std::env::args().find_map(|own| own.parse().ok());
    let rounds: usize = rounds.unwrap_or(ROUNDS);
    let name: RuleSetName = RULE_SET.parse()?;
    let engine = Engine::builder()
        .loader(DiskLoader::new("benches/rules"))
        .build();
    engine.reload();
    let columns = {
        let active = engine.active(&name)?;
        let columns = active.program.rules().columns.iter();
        let headers: Vec<String> = columns.map(|column| column.header.clone()).collect();
        headers
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let listen = || runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
    let (ours, bare) = (listen()?, listen()?);
    let (address, other) = (ours.local_addr()?, bare.local_addr()?);
    runtime.spawn(serve(
        ours,
        engine,
        ServeOptions::default(),
        std::future::pending(),
    ));
    println!(
        "{CONNECTIONS} connections, {rounds} rounds of {} ms each, in turns",
        ROUND.as_millis()
    );
    println!(
        "regions, form | bytes in, out | ours: a second, p50, p99 | bare: a second, p50, p99 | ratio of the rates"
    );
    let mut requests = Vec::new();
    for regions in [1, 514] {
        for (form, body) in [
            ("text/csv", csv(&columns, regions)),
            ("application/json", json(&columns, regions)),
        ] {
            requests.push((regions, form, body));
        }
    }
    let mut answers = Vec::new();
    for (_, form, body) in &requests {
        let mut connection = Connection::new(address)?;
        answers.push(connection.call("/v1/score/w/2001", form, body)?);
    }
    let mut router = Router::new();
    for (at, length) in answers.iter().enumerate() {
        let answer = Bytes::from(vec![b'x'; *length]);
        let route = move |body: Bytes| async move {
            assert!(!body.is_empty());
            answer
        };
        router = router.route(&format!("/{at}"), post(route));
    }
    runtime.spawn(async move { axum::serve(bare, router).await });
    for (at, (regions, form, body)) in requests.iter().enumerate() {
        let (mut own, mut peer) = (Figures::default(), Figures::default());
        for _ in 0..rounds {
            own.add(round(address, "/v1/score/w/2001", form, body)?);
            peer.add(round(other, &format!("/{at}"), form, body)?);
        }
        let (own, peer) = (own.show(rounds), peer.show(rounds));
        println!(
            "{regions}, {form} | {}, {} | {} | {} | {:.2}",
            body.len(),
            answers[at],
            own.0,
            peer.0,
            own.1 / peer.1
        );
    }
    Ok(())
}

#[derive(Default)]
struct Figures(Vec<Duration>);

impl Figures {
    fn add(&mut self, times: Vec<Duration>) {
        self.0.extend(times);
    }

    fn show(mut self, rounds: usize) -> (String, f64) {
        self.0.sort();
        let at = |share: f64| {
            let position = (self.0.len() as f64 * share) as usize;
            self.0[position.min(self.0.len() - 1)].as_secs_f64() * 1e3
        };
        let rate = self.0.len() as f64 / (ROUND.as_secs_f64() * rounds as f64);
        (
            format!("{rate:.0}, {:.3} ms, {:.3} ms", at(0.5), at(0.99)),
            rate,
        )
    }
}

/// The times of all calls of a round.
fn round(
    address: SocketAddr,
    path: &str,
    form: &str,
    body: &str,
) -> Result<Vec<Duration>, Failure> {
    std::thread::scope(|scope| {
        let callers = (0..CONNECTIONS).map(|_| {
            scope.spawn(move || {
                let mut connection = Connection::new(address)?;
                let (mut times, over) = (Vec::new(), Instant::now() + ROUND);
                while Instant::now() < over {
                    let begun = Instant::now();
                    connection.call(path, form, body)?;
                    times.push(begun.elapsed());
                }
                Ok::<_, Failure>(times)
            })
        });
        let callers: Vec<_> = callers.collect();
        let mut all = Vec::new();
        for caller in callers {
            all.extend(caller.join().map_err(|_| "a caller failed")??);
        }
        Ok(all)
    })
}

/// A connection that stays open.
struct Connection {
    reader: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl Connection {
    fn new(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            reader: BufReader::new(stream),
            body: Vec::new(),
        })
    }

    /// Calls, and gives how long the body of the answer is.
    fn call(&mut self, path: &str, form: &str, body: &str) -> Result<usize, Failure> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {form}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.reader.get_mut().write_all(request.as_bytes())?;
        let (mut line, mut length) = (String::new(), 0);
        self.reader.read_line(&mut line)?;
        if !line.contains(" 200 ") {
            return Err(line.into());
        }
        while line.trim() != "" {
            line.clear();
            self.reader.read_line(&mut line)?;
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse()?;
            }
        }
        self.body.resize(length, 0);
        self.reader.read_exact(&mut self.body)?;
        Ok(length)
    }
}

fn value(region: usize, column: usize) -> usize {
    (region * 7 + column * 13) % 100
}

fn csv(columns: &[String], regions: usize) -> String {
    let mut csv = format!("kode,{}\n", columns.join(","));
    for region in 0..regions {
        csv.push_str(&region.to_string());
        for column in 0..columns.len() {
            csv.push_str(&format!(",{}", value(region, column)));
        }
        csv.push('\n');
    }
    csv
}

fn json(columns: &[String], regions: usize) -> String {
    let rows = (0..regions).map(|region| {
        let values = columns.iter().enumerate();
        let values = values.map(|(at, column)| format!("\"{column}\":{}", value(region, at)));
        format!(
            "{{\"kode\":\"{region}\",{}}}",
            values.collect::<Vec<_>>().join(",")
        )
    });
    format!("[{}]", rows.collect::<Vec<_>>().join(","))
}
