//! The service from outside: every answer is as `openapi.json` says, every limit has its answer, and nothing is cut in
//! silence.

mod answers;
mod command;
mod contract;
mod letter;
mod limits;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tanggap::base::Lang;
use tanggap::bundle::MemoryLoader;
use tanggap::surface::http::{Limits, ROUTES, ServeOptions, Token, serve};
use tanggap::{Engine, EvaluateOptions, evaluate};

type Files = Arc<RwLock<MemoryLoader>>;

const TOKEN: &str = "sebuah-token-yang-panjang";

fn index(weight: u32) -> String {
    format!(
        "title = {{ id = 'Contoh', en = 'Example' }}\nstatus = 'illustrative'\nscale = [0, 100]\n\
         [data]\nkey = 'kode'\n[band.rendah]\nfrom = 0\n[band.tinggi]\nfrom = 60\n\
         [target.t]\ncount = 1\nband = 'tinggi'\n\
         [indicator.a]\nweight = {weight}\nworst = 0\nbest = 100\n\
         [indicator.b]\nweight = 1\nworst = 0\nbest = 100\n"
    )
}

fn rules() -> Files {
    Arc::new(RwLock::new(MemoryLoader::new([
        ("contoh/2024/index.toml", index(1)),
        (
            "contoh/2025/index.toml",
            "extends = '2024'\nstatus = 'draft'\n".to_owned(),
        ),
        (
            "banding/2024/index.toml",
            index(1).replace(
                "worst = 0\nbest = 100\n[indicator.b]",
                "normalise = 'min-max'\nbetter = 'high'\n[indicator.b]",
            ),
        ),
        (
            "rusak/2024/index.toml",
            index(1).replace("weight = 1", "weight = 0,5"),
        ),
    ])))
}

fn set(files: &Files, path: &str, text: &str) {
    files.write().unwrap().set(path, text);
}

/// A service that runs until it is dropped.
struct Service {
    address: SocketAddr,
    engine: Engine,
    files: Files,
    end: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// An answer, read to its end.
struct Answer {
    status: u16,
    form: String,
    headers: ureq::http::HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    fn problem(&self) -> String {
        let kind = self.json()["type"].as_str().unwrap().to_owned();
        kind.strip_prefix("urn:tanggap:problem:")
            .unwrap()
            .to_owned()
    }
}

impl Service {
    fn new() -> Self {
        Self::with(ServeOptions::default(), |builder| builder)
    }

    fn with(
        options: ServeOptions,
        build: impl FnOnce(tanggap::EngineBuilder) -> tanggap::EngineBuilder,
    ) -> Self {
        let files = rules();
        let engine = build(Engine::builder().loader(files.clone())).build();
        engine.reload();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let (sender, address) = std::sync::mpsc::channel();
        let own = engine.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                sender.send(listener.local_addr().unwrap()).unwrap();
                let ended = async {
                    let _ = ended.await;
                };
                serve(listener, own, options, ended).await.unwrap();
            });
            runtime.shutdown_background();
        });
        Self {
            address: address.recv().unwrap(),
            engine,
            files,
            end: Some(end),
            thread: Some(thread),
        }
    }

    fn limited(limits: Limits) -> Self {
        let options = ServeOptions {
            limits,
            ..ServeOptions::default()
        };
        Self::with(options, |builder| builder)
    }

    fn stop(&mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.send(());
        }
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        let agent = ureq::Agent::new_with_config(agent);
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_vec()).unwrap();
        let mut answer = agent.run(request).unwrap();
        let form = answer.headers().get("content-type");
        let form = form.map_or("", |form| form.to_str().unwrap()).to_owned();
        Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            text: answer
                .body_mut()
                .with_config()
                .limit(1 << 30)
                .read_to_string()
                .unwrap(),
            form,
        }
    }

    fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[("accept-language", "en")], b"")
    }

    fn post(&self, path: &str, form: &str, body: &str) -> Answer {
        let headers = [("accept-language", "en"), ("content-type", form)];
        self.call("POST", path, &headers, body.as_bytes())
    }

    /// A connection of one's own.
    fn socket(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        socket
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

const CSV: &str = "text/csv";
const JSON: &str = "application/json";
const DATA: &str = "kode,a,b\n01,100,20\n02,10,30\n03,,40\n";
const SCORE: &str = "/v1/score/contoh/2024";
const ROWS: &str =
    r#"[{"kode":"01","a":100,"b":20},{"kode":"02","a":10,"b":30},{"kode":"03","a":null,"b":40}]"#;
const COLUMNS: &str = r#"{"kode":["01","02","03"],"a":[100,10,null],"b":[20,30,40]}"#;
const DIFF: &str = r#"{"before":{"rule_set":"contoh/2024"},"after":{"rule_set":"contoh/2025","set":["a.weight=3"]},"data":{"kode":["01"],"a":[100],"b":[20]}}"#;

/// Reads an answer that has a length.
fn raw_answer(socket: &mut TcpStream) -> Answer {
    let mut reader = BufReader::new(socket);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line
        .split(' ')
        .nth(1)
        .unwrap_or_else(|| panic!("{line:?}"))
        .parse()
        .unwrap();
    let mut headers = ureq::http::HeaderMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        let name = ureq::http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.insert(name, value.parse().unwrap());
    }
    let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Answer {
        status,
        form: headers["content-type"].to_str().unwrap().to_owned(),
        headers,
        text: String::from_utf8(body).unwrap(),
    }
}

/// The events of a service, as they come.
fn events(service: &Service, more: &str) -> impl Iterator<Item = Value> + use<> {
    let mut socket = service.socket();
    write!(
        socket,
        "GET /v1/events HTTP/1.1\r\nhost: localhost\r\n{more}\r\n"
    )
    .unwrap();
    let begun = Instant::now();
    let lines = BufReader::new(socket).lines().map_while(Result::ok);
    // The stream says that it is alive, so that reading alone would wait for ever.
    let lines = lines.take_while(move |_| begun.elapsed() < Duration::from_secs(40));
    lines.filter_map(|line| {
        let data = line.strip_prefix("data: ").or(line.strip_prefix("data:"))?;
        serde_json::from_str(data).ok()
    })
}
