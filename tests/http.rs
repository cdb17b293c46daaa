//! The service from outside: every answer is as `openapi.json` says, every limit has its answer, and nothing is cut in
//! silence.

mod support;

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

fn description() -> Value {
    serde_json::from_str(&Service::new().get("/openapi.json").text).unwrap()
}

/// Holds answers against the description, and keeps what it has seen.
struct Contract {
    description: Value,
    seen: BTreeSet<(String, String, u16, String)>,
}

impl Contract {
    /// Checks the answer to a request of a documented operation.
    #[track_caller]
    fn holds(&mut self, method: &str, path: &str, answer: &Answer) {
        let operation = &self.description["paths"][path][method.to_lowercase()];
        assert!(operation.is_object(), "{method} {path} is not described");
        let described = &operation["responses"][answer.status.to_string()];
        assert!(
            described.is_object(),
            "{method} {path} does not say that it answers {}: {}",
            answer.status,
            answer.text
        );
        let form = answer.form.split(';').next().unwrap().to_owned();
        let schema = &described["content"][&form]["schema"];
        assert!(
            schema.is_object(),
            "{method} {path} {} does not say {form}",
            answer.status
        );
        for (header, own) in described["headers"].as_object().into_iter().flatten() {
            let value = answer
                .headers
                .get(header)
                .unwrap_or_else(|| panic!("no {header}"));
            self.fits(&own["schema"], &json!(value.to_str().unwrap()), path);
        }
        match form.as_str() {
            "application/json" | "application/problem+json" => {
                self.fits(schema, &answer.json(), path);
            }
            "application/x-ndjson" => {
                for line in answer.text.lines() {
                    self.fits(schema, &serde_json::from_str(line).unwrap(), path);
                }
            }
            _ => assert!(!answer.text.is_empty()),
        }
        if form == "application/problem+json" {
            assert_eq!(answer.json()["status"], answer.status);
        }
        self.seen
            .insert((method.to_owned(), path.to_owned(), answer.status, form));
    }

    #[track_caller]
    fn fits(&self, schema: &Value, value: &Value, path: &str) {
        let mut whole = schema.clone();
        whole["components"] = self.description["components"].clone();
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&whole)
            .unwrap();
        let wrong: Vec<String> = validator
            .iter_errors(value)
            .map(|error| format!("{} {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{path}: {wrong:?}\n{value:#}");
    }
}

#[test]
fn the_description_has_all_routes_and_no_others() {
    let description = description();
    let mut described = BTreeSet::new();
    for (path, own) in description["paths"].as_object().unwrap() {
        for (method, operation) in own.as_object().unwrap() {
            let open = operation["security"] == json!([]);
            described.insert((method.to_uppercase(), path.clone(), open));
        }
    }
    let routes = ROUTES.iter();
    let routes: BTreeSet<_> = routes
        .map(|own| (own.method.to_owned(), own.path.to_owned(), own.open))
        .collect();
    assert_eq!(described, routes);
    assert_eq!(
        description["info"]["version"],
        env!("CARGO_PKG_VERSION"),
        "the description is of this version"
    );
}

/// Every answer that is described is provoked, and is as described.
#[test]
fn every_answer_is_as_described() {
    let mut contract = Contract {
        description: description(),
        seen: BTreeSet::new(),
    };
    let limits = Limits {
        body: 2000,
        rows: 3,
        patience: Duration::from_millis(400),
        ..Limits::default()
    };
    let options = ServeOptions {
        token: Token::new(TOKEN),
        limits,
        ..ServeOptions::default()
    };
    let service = Service::with(options.clone(), |builder| builder);
    let bearer = format!("Bearer {TOKEN}");
    let call = |service: &Service, method: &str, path: &str, more: &[(&str, &str)], body: &[u8]| {
        let mut headers = vec![
            ("authorization", bearer.as_str()),
            ("accept-language", "en"),
        ];
        headers.extend(more);
        service.call(method, path, &headers, body)
    };
    for route in ROUTES
        .iter()
        .filter(|own| own.method == "GET" && own.path != "/v1/events")
    {
        let path = route
            .path
            .replace("{index}", "contoh")
            .replace("{year}", "2024");
        let answer = call(&service, "GET", &path, &[], b"");
        assert_eq!(answer.status, 200, "{path}");
        contract.holds("GET", route.path, &answer);
    }
    for route in ROUTES.iter().filter(|own| !own.open) {
        let path = route
            .path
            .replace("{index}", "contoh")
            .replace("{year}", "2024");
        for wrong in ["", "Bearer", "Bearer x", "Basic sebuah-token-yang-panjang"] {
            let answer = service.call(route.method, &path, &[("authorization", wrong)], b"");
            assert_eq!(answer.status, 401, "{path} {wrong}");
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
            contract.holds(route.method, route.path, &answer);
        }
    }
    let resolved = "/v1/rulesets/{index}/{year}";
    for (path, status) in [
        ("/v1/rulesets/contoh/1999", 404),
        ("/v1/rulesets/..%2f..%2fetc/2024", 404),
        ("/v1/rulesets/contoh/2024?digest=000000000000", 409),
        ("/v1/rulesets/contoh/2024?digets=000000000000", 400),
        ("/v1/rulesets/rusak/2024", 503),
    ] {
        let answer = call(&service, "GET", path, &[], b"");
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        contract.holds("GET", resolved, &answer);
    }
    let rusak = call(&service, "GET", "/v1/rulesets/rusak/2024", &[], b"");
    assert_eq!(rusak.json()["diagnostics"][0]["code"], "E101");
    assert_eq!(rusak.json()["diagnostics"][0]["help"], "use a point: `0.5`");

    let busy = Service::with(
        ServeOptions {
            limits: Limits {
                concurrency: 0,
                ..options.limits.clone()
            },
            ..options.clone()
        },
        |builder| builder,
    );
    let long = Service::with(
        ServeOptions {
            limits: Limits {
                time: Duration::from_millis(1),
                ..Limits::default()
            },
            ..options
        },
        |builder| builder,
    );
    let large = "x".repeat(3000);
    let count = 100_000;
    let heavy = format!("kode,a,b\n{}", "1,1,1\n".repeat(count));
    let ones = vec!["1"; count].join(",");
    let heavy_diff = DIFF.replace("[\"01\"]", &format!("[{ones}]"));
    let heavy_diff = heavy_diff.replace("[100]", &format!("[{ones}]"));
    let heavy_diff = heavy_diff.replace("[20]", &format!("[{ones}]"));
    let four = "kode,a,b\n1,1,1\n2,1,1\n3,1,1\n4,1,1\n";
    for kind in ["score", "explain"] {
        let path = format!("/v1/{kind}/{{index}}/{{year}}");
        let at = |rest: &str| format!("/v1/{kind}/{rest}");
        let one = if kind == "explain" {
            "contoh/2024?region=01"
        } else {
            "contoh/2024"
        };
        let csv = [("content-type", CSV)];
        let mut check =
            |service: &Service, rest: &str, headers: &[(&str, &str)], body: &str, status: u16| {
                let answer = call(service, "POST", &at(rest), headers, body.as_bytes());
                assert_eq!(answer.status, status, "{} {}", at(rest), answer.text);
                contract.holds("POST", &path, &answer);
                answer
            };
        check(&service, one, &csv, DATA, 200);
        check(&service, one, &[("content-type", JSON)], ROWS, 200);
        check(&service, one, &[], COLUMNS, 200);
        check(&service, "contoh/2024?regoin=01", &csv, DATA, 400);
        check(
            &service,
            "contoh/2024",
            &[("content-type", JSON)],
            "{\"kode\":",
            400,
        );
        check(&service, "contoh/2023", &csv, DATA, 404);
        check(&service, "contoh/2024?digest=ffffffffffff", &csv, DATA, 409);
        check(&service, "contoh/2024", &csv, &large, 413);
        check(
            &service,
            "contoh/2024",
            &[("content-type", "text/plain")],
            DATA,
            415,
        );
        check(
            &service,
            "contoh/2024",
            &[("content-type", CSV), ("content-encoding", "gzip")],
            DATA,
            415,
        );
        let answer = check(&service, "contoh/2024", &csv, four, 422);
        assert_eq!(answer.problem(), "too-many-rows");
        let answer = check(&service, "banding/2024", &csv, DATA, 422);
        assert_eq!(answer.problem(), "population-needed");
        let answer = check(&service, "rusak/2024", &csv, DATA, 503);
        assert_eq!(answer.problem(), "never-in-order");
        assert_eq!(
            check(&busy, one, &csv, DATA, 429).headers["retry-after"],
            "1"
        );
        assert_eq!(check(&long, one, &csv, &heavy, 503).problem(), "too-long");
        let answer = slow_body(&service, &at("contoh/2024"), &bearer);
        contract.holds("POST", &path, &answer);
    }
    let path = "/v1/score/{index}/{year}";
    for (accept, status) in [
        ("application/x-ndjson", 200),
        (CSV, 200),
        ("image/png", 406),
        ("image/png, */*;q=0.1", 200),
    ] {
        let headers = [("content-type", CSV), ("accept", accept)];
        let answer = call(&service, "POST", SCORE, &headers, DATA.as_bytes());
        assert_eq!(answer.status, status, "{accept}");
        contract.holds("POST", path, &answer);
    }
    for detail in ["index", "variables", "all"] {
        let path_of = format!("{SCORE}?detail={detail}&exact=true");
        let answer = call(
            &service,
            "POST",
            &path_of,
            &[("content-type", CSV)],
            DATA.as_bytes(),
        );
        contract.holds("POST", path, &answer);
    }
    let mut diff = |service: &Service, form: &str, body: &str, status: u16| {
        let answer = call(
            service,
            "POST",
            "/v1/diff",
            &[("content-type", form)],
            body.as_bytes(),
        );
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
        contract.holds("POST", "/v1/diff", &answer);
        answer
    };
    let answer = diff(&service, JSON, DIFF, 200).json();
    assert_eq!(answer["changes"][0]["effect"], "scores");
    let score = |value: f64| json!(value);
    assert_eq!(
        answer["comparison"]["regions"][0]["before"]["score"],
        score(60.0)
    );
    assert_eq!(
        answer["comparison"]["regions"][0]["after"]["score"],
        score(80.0)
    );
    diff(
        &service,
        JSON,
        &DIFF.replace(r#","data":{"kode":["01"],"a":[100],"b":[20]}"#, ""),
        200,
    );
    diff(&service, JSON, "{}", 400);
    diff(
        &service,
        JSON,
        &DIFF.replace("contoh/2025", "contoh/2030"),
        404,
    );
    diff(
        &service,
        JSON,
        &DIFF.replace("\"set\"", "\"digest\":\"123456789abc\",\"set\""),
        409,
    );
    diff(&service, JSON, &large, 413);
    diff(&service, "text/plain", DIFF, 415);
    let wrong = diff(
        &service,
        JSON,
        &DIFF.replace("a.weight=3", "a.weight=-3"),
        422,
    );
    assert!(
        wrong.json()["diagnostics"][0]["message"].is_string(),
        "{}",
        wrong.text
    );
    diff(&service, JSON, &DIFF.replace("a.weight=3", "wieght=3"), 422);
    diff(
        &service,
        JSON,
        &DIFF.replace("contoh/2025", "rusak/2024"),
        503,
    );
    diff(&busy, JSON, DIFF, 429);
    diff(&long, JSON, &heavy_diff, 503);
    contract.holds(
        "POST",
        "/v1/diff",
        &slow_body(&service, "/v1/diff", &bearer),
    );
    let events = first_event(&service, &bearer);
    contract.fits(
        &json!({ "$ref": "#/components/schemas/Event" }),
        &events,
        "/v1/events",
    );
    contract.seen.insert((
        "GET".to_owned(),
        "/v1/events".to_owned(),
        200,
        "text/event-stream".to_owned(),
    ));
    let full = Service::with(
        ServeOptions {
            limits: Limits {
                streams: 0,
                ..Limits::default()
            },
            ..ServeOptions::default()
        },
        |builder| builder,
    );
    contract.holds("GET", "/v1/events", &full.get("/v1/events"));
    let not_ready = Service::with(ServeOptions::default(), |builder| {
        builder.loader(MemoryLoader::new([("rusak/2024/index.toml", "title =")]))
    });
    let answer = not_ready.get("/readyz");
    assert_eq!(answer.status, 503);
    contract.holds("GET", "/readyz", &answer);

    let mut described = BTreeSet::new();
    for (path, own) in contract.description["paths"].as_object().unwrap() {
        for (method, operation) in own.as_object().unwrap() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                for form in response["content"].as_object().unwrap().keys() {
                    let status = status.parse().unwrap();
                    described.insert((method.to_uppercase(), path.clone(), status, form.clone()));
                }
            }
        }
    }
    let missing: Vec<_> = described.difference(&contract.seen).collect();
    assert!(missing.is_empty(), "described and never seen: {missing:?}");
}

/// Sends a body that does not come to its end.
fn slow_body(service: &Service, path: &str, bearer: &str) -> Answer {
    let mut socket = service.socket();
    write!(
        socket,
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: {bearer}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n[{{"
    )
    .unwrap();
    raw_answer(&mut socket)
}

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

fn first_event(service: &Service, bearer: &str) -> Value {
    let more = format!("authorization: {bearer}\r\nlast-event-id: 0\r\n");
    events(service, &more).next().unwrap()
}

#[test]
fn scores_are_those_of_the_library_in_every_form() {
    let service = Service::new();
    let active = service
        .engine
        .active(&"contoh/2024".parse().unwrap())
        .unwrap();
    let data = service
        .engine
        .read(&active.program, Some("d.csv"), &mut DATA.as_bytes(), None)
        .unwrap();
    let scores = evaluate(&active.program, &data, &EvaluateOptions::default()).unwrap();
    let path = format!("{SCORE}?exact=true");
    let mut answers = Vec::new();
    for (form, body) in [(CSV, DATA), (JSON, ROWS), (JSON, COLUMNS)] {
        let mut answer = service.post(&path, form, body).json();
        assert_eq!(
            answer["record"]["rules"][0]["rules_digest"],
            active.rules_digest()
        );
        assert_eq!(answer["status"], "illustrative");
        answer["record"]["data"] = Value::Null;
        answers.push(answer["regions"].clone());
    }
    assert!(answers.iter().all(|own| *own == answers[0]));
    for (position, own) in answers[0].as_array().unwrap().iter().enumerate() {
        assert_eq!(own["region"], scores.regions[position].to_string());
        let exact = scores.index().get(position);
        assert_eq!(
            own["index"].as_f64().map(f64::to_bits),
            exact.map(f64::to_bits)
        );
        assert_eq!(own["rank"], json!(scores.rank(position)));
    }
    let headers = [("content-type", CSV), ("accept", "application/x-ndjson")];
    let lines = service.call("POST", &path, &headers, DATA.as_bytes());
    let lines: Vec<Value> = lines
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["head"]["rule_set"], "contoh/2024");
    let regions = lines.iter().filter_map(|line| line.get("region"));
    assert!(regions.eq(answers[0].as_array().unwrap()));
    let issues = lines
        .iter()
        .filter(|line| line.get("issue").is_some())
        .count();
    assert_eq!(
        lines.last().unwrap()["end"],
        json!({ "regions": 3, "issues": issues })
    );
    // As the command writes it.
    let csv = service.call(
        "POST",
        &path,
        &[("content-type", CSV), ("accept", CSV)],
        DATA.as_bytes(),
    );
    assert!(csv.text.contains(active.rules_digest()), "{}", csv.text);
}

#[test]
fn one_region_and_very_many() {
    let service = Service::new();
    let one = service
        .post(SCORE, JSON, r#"[{"kode":"01","a":50,"b":50}]"#)
        .json();
    assert_eq!(one["regions"][0]["index"], json!(50.0));
    let rows = 60_000;
    let mut data = String::from("kode,a,b\n");
    for row in 0..rows {
        data.push_str(&format!("{row:06},{},{}\n", row % 101, row % 97));
    }
    let headers = [("content-type", CSV), ("accept", "application/x-ndjson")];
    let answer = service.call(
        "POST",
        &format!("{SCORE}?detail=all"),
        &headers,
        data.as_bytes(),
    );
    let last = answer.text.lines().last().unwrap();
    assert_eq!(
        last,
        format!(r#"{{"end":{{"regions":{rows},"issues":0}}}}"#)
    );
    assert_eq!(answer.text.lines().count(), rows + 2);
    // Judged against each other, where the request says that these are all.
    let path = "/v1/score/banding/2024?population=request";
    let answer = service.post(path, CSV, DATA).json();
    assert_eq!(answer["regions"][0]["scores"]["a"], json!(100.0));
    let single = service.post(path, CSV, "kode,a,b\n01,1,1\n");
    assert_eq!(single.status, 422);
}

#[test]
fn a_pinned_digest_is_honoured_and_answers_name_their_rules() {
    let service = Service::new();
    let first = service.post(SCORE, CSV, DATA);
    let digest = first.headers["tanggap-rules-digest"]
        .to_str()
        .unwrap()
        .to_owned();
    let pinned = format!("{SCORE}?digest={}", &digest[..12]);
    assert_eq!(service.post(&pinned, CSV, DATA).status, 200);
    set(&service.files, "contoh/2024/index.toml", &index(3));
    service.engine.reload();
    let refused = service.post(&pinned, CSV, DATA);
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (409, "digest-not-active")
    );
    let now = service.post(SCORE, CSV, DATA);
    assert_eq!(
        refused.json()["active_digest"],
        now.headers["tanggap-rules-digest"].to_str().unwrap()
    );
    assert_eq!(now.json()["regions"][0]["index"], json!(80.0));
    assert_ne!(now.json()["active_since"], first.json()["active_since"]);
}

#[test]
fn stale_rules_are_told_or_refused() {
    let broken = index(1).replacen("weight = 1", "weight = 0,5", 1);
    let service = Service::new();
    set(&service.files, "contoh/2024/index.toml", &broken);
    service.engine.reload();
    let answer = service.post(SCORE, CSV, DATA).json();
    assert_eq!(
        (
            answer["stale"].clone(),
            answer["regions"][0]["index"].clone()
        ),
        (json!(true), json!(60.0))
    );
    assert_eq!(
        service.get("/healthz").json()["stale"],
        json!(["contoh/2024", "contoh/2025"])
    );
    assert_eq!(service.get("/readyz").status, 200);
    let status = service.get("/v1/status").json();
    let own = status["rule_sets"].as_array().unwrap().iter();
    let own = own
        .clone()
        .find(|own| own["rule_set"] == "contoh/2025")
        .unwrap();
    assert_eq!(
        (own["standing"].as_str(), own["trouble"]["kind"].as_str()),
        (Some("stale"), Some("rules"))
    );
    assert_eq!(own["trouble"]["diagnostics"][0]["places"][0]["line"], 14);
    let metrics = service.get("/metrics").text;
    assert!(
        metrics.contains("tanggap_rule_sets{standing=\"stale\"} 2"),
        "{metrics}"
    );
    assert!(metrics.ends_with("# EOF\n"));

    let strict = Service::with(ServeOptions::default(), |builder| {
        builder.refuse_stale(true)
    });
    set(&strict.files, "contoh/2024/index.toml", &broken);
    strict.engine.reload();
    let refused = strict.post(SCORE, CSV, DATA);
    assert_eq!((refused.status, refused.problem().as_str()), (503, "stale"));
    assert_eq!(refused.json()["diagnostics"][0]["code"], "E101");
    assert_eq!(strict.get("/readyz").status, 503);
    assert_eq!(strict.get("/healthz").status, 200);
}

#[test]
fn events_come_as_they_happen_and_again_after_a_break() {
    let service = Service::new();
    let mut live = events(&service, "accept-language: en\r\nlast-event-id: 4\r\n");
    let mut numbers = Vec::new();
    for (weight, kind) in [("3", "activated"), ("0,5", "refused"), ("3", "mended")] {
        set(
            &service.files,
            "contoh/2024/index.toml",
            &index(1).replace("weight = 1", &format!("weight = {weight}")),
        );
        service.engine.reload();
        for rule_set in ["contoh/2024", "contoh/2025"] {
            let event = live.next().unwrap();
            assert_eq!(
                (event["event"].as_str(), event["rule_set"].as_str()),
                (Some(kind), Some(rule_set))
            );
            numbers.push(event["number"].as_u64().unwrap());
            if kind == "refused" {
                assert!(
                    event["why"].as_str().unwrap().contains("decimal comma"),
                    "{event}"
                );
            }
        }
    }
    let again = events(&service, &format!("last-event-id: {}\r\n", numbers[1]));
    let again: Vec<u64> = again
        .take(4)
        .map(|event| event["number"].as_u64().unwrap())
        .collect();
    assert_eq!(again, numbers[2..]);
}

#[test]
fn answers_are_in_the_language_that_is_asked_for() {
    let service = Service::new();
    for (asked, lang, said) in [
        ("id", "id", "perangkat aturan `contoh/1999` tidak ada"),
        ("en-US,en;q=0.9", "en", "there is no rule set `contoh/1999`"),
        ("fr", "id", "perangkat aturan `contoh/1999` tidak ada"),
    ] {
        let answer = service.call(
            "GET",
            "/v1/rulesets/contoh/1999",
            &[("accept-language", asked)],
            b"",
        );
        assert_eq!(answer.headers["content-language"], lang);
        assert_eq!(answer.json()["title"], said);
    }
    let english = Service::with(
        ServeOptions {
            lang: Lang::En,
            ..ServeOptions::default()
        },
        |builder| builder,
    );
    let answer = english.call("GET", "/nowhere", &[], b"");
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (404, "not-found")
    );
    assert_eq!(answer.json()["title"], "there is nothing at this address");
    let answer = english.call("DELETE", SCORE, &[], b"");
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (405, "method-not-allowed")
    );
    assert_eq!(answer.headers["allow"], "POST");
}

#[test]
fn only_local_names_where_that_is_asked_for() {
    let options = ServeOptions {
        local_names_only: true,
        ..ServeOptions::default()
    };
    let service = Service::with(options, |builder| builder);
    assert_eq!(service.get("/healthz").status, 200);
    let answer = service.call("GET", "/v1/status", &[("host", "rebound.example")], b"");
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (403, "host-not-allowed")
    );
}

#[test]
fn bodies_are_held_within_the_memory_that_there_is() {
    let limits = Limits {
        memory: 128 << 10,
        ..Limits::default()
    };
    let service = Service::with(
        ServeOptions {
            limits,
            ..ServeOptions::default()
        },
        |builder| builder,
    );
    let large = format!("kode,a,b\n{}", "1,1,1\n".repeat(3000));
    let answer = service.post(SCORE, CSV, &large);
    assert_eq!((answer.status, answer.problem().as_str()), (429, "busy"));
    for _ in 0..20 {
        assert_eq!(
            service.post(SCORE, CSV, DATA).status,
            200,
            "memory is given back"
        );
    }
}

/// Connections that say nothing end, and streams leave room for others.
#[test]
fn silent_connections_and_streams_lock_nobody_out() {
    let limits = Limits {
        patience: Duration::from_millis(500),
        connections: 8,
        streams: 3,
        ..Limits::default()
    };
    let service = Service::with(
        ServeOptions {
            limits,
            ..ServeOptions::default()
        },
        |builder| builder,
    );
    let begun = Instant::now();
    let mut silent: Vec<TcpStream> = (0..8).map(|_| service.socket()).collect();
    write!(silent[0], "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    assert_eq!(service.get("/healthz").status, 200);
    assert!(begun.elapsed() < Duration::from_secs(20));
    drop(silent);
    let streams: Vec<_> = (0..3)
        .map(|_| {
            let mut stream = events(&service, "last-event-id: 0\r\n");
            assert!(stream.next().is_some());
            stream
        })
        .collect();
    let refused = service.get("/v1/events");
    assert_eq!((refused.status, refused.problem().as_str()), (429, "busy"));
    assert_eq!(service.get("/readyz").status, 200);
    drop(streams);
}

#[test]
fn forms_and_names_are_taken_as_they_are_meant() {
    let service = Service::new();
    let form = |accept: &str| {
        let headers = [("content-type", CSV), ("accept", accept)];
        let answer = service.call("POST", SCORE, &headers, DATA.as_bytes());
        answer.form.split(';').next().unwrap().to_owned()
    };
    assert_eq!(form("text/csv;q=0, application/json"), JSON);
    assert_eq!(form("application/json;q=0.1, Text/CSV"), CSV);
    let bad = service.get("/v1/rulesets/%ff/2021");
    assert_eq!((bad.status, bad.problem().as_str()), (400, "malformed"));
    let odd = service.get("/v1/rulesets/contoh/abc");
    assert_eq!(odd.status, 404);
    assert!(odd.text.contains("`contoh/abc`"), "{}", odd.text);
    for (digest, status) in [("xyz", 400), ("AB", 400), ("FFFFFFFFFFFF", 409)] {
        let answer = service.get(&format!("/v1/rulesets/contoh/2024?digest={digest}"));
        assert_eq!(answer.status, status, "{digest}");
    }
    let twice = service.post(SCORE, JSON, r#"[{"kode":"1","kode":"2","a":1,"b":1}]"#);
    assert_eq!(twice.status, 400);
    assert!(twice.text.contains("`kode` occurs twice"), "{}", twice.text);
    let large = r#"[{"kode":9007199254740993,"a":1,"b":1}]"#;
    let large = service.post(SCORE, JSON, large).json();
    assert_eq!(large["regions"][0]["region"], "9007199254740993");
}

#[test]
fn slow_clients_are_cut() {
    let limits = Limits {
        patience: Duration::from_millis(500),
        ..Limits::default()
    };
    let service = Service::with(
        ServeOptions {
            limits,
            ..ServeOptions::default()
        },
        |builder| builder,
    );
    // One that never ends its head.
    let begun = Instant::now();
    let mut socket = service.socket();
    write!(socket, "POST {SCORE} HTTP/1.1\r\nhost: loc").unwrap();
    let mut rest = Vec::new();
    let _ = socket.read_to_end(&mut rest);
    assert!(begun.elapsed() < Duration::from_secs(20), "it is cut");
    // One that never takes its answer.
    let mut data = String::from("kode,a,b\n");
    for row in 0..100_000 {
        data.push_str(&format!("{row},1,1\n"));
    }
    let mut socket = service.socket();
    write!(
        socket,
        "POST {SCORE}?detail=all HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/csv\r\naccept: application/x-ndjson\r\ncontent-length: {}\r\n\r\n{data}",
        data.len()
    )
    .unwrap();
    std::thread::sleep(Duration::from_secs(3));
    let mut taken = 0;
    let mut part = [0; 1 << 16];
    let begun = Instant::now();
    let cut = loop {
        match socket.read(&mut part) {
            Ok(0) | Err(_) => break true,
            Ok(count) => taken += count,
        }
        if begun.elapsed() > Duration::from_secs(30) {
            break false;
        }
    };
    let whole = service.call(
        "POST",
        &format!("{SCORE}?detail=all"),
        &[("content-type", CSV), ("accept", "application/x-ndjson")],
        data.as_bytes(),
    );
    assert!(
        cut && taken < whole.text.len(),
        "{taken} of {}",
        whole.text.len()
    );
    assert_eq!(service.get("/healthz").status, 200);
}

#[test]
fn the_end_waits_for_requests_in_hand_and_ends_streams() {
    let mut service = Service::new();
    let mut data = String::from("kode,a,b\n");
    for row in 0..50_000 {
        data.push_str(&format!("{row},1,1\n"));
    }
    let live = events(&service, "last-event-id: 0\r\n");
    let mut socket = service.socket();
    let half = data.len() / 2;
    write!(
        socket,
        "POST {SCORE} HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/csv\r\ncontent-length: {}\r\n\r\n{}",
        data.len(),
        &data[..half]
    )
    .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let end = service.end.take().unwrap();
    end.send(()).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    socket.write_all(&data.as_bytes()[half..]).unwrap();
    let answer = raw_answer(&mut socket);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["regions"].as_array().unwrap().len(), 50_000);
    service.stop();
    assert!(live.count() >= 3, "the stream has ended");
    assert!(
        TcpStream::connect(service.address).is_err(),
        "nobody listens any more"
    );
}

#[test]
fn a_page_without_anything_from_elsewhere() {
    let service = Service::new();
    let page = service.get("/");
    assert_eq!(page.form, "text/html; charset=utf-8");
    assert!(
        page.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'")
    );
    for text in [
        page.text,
        service.get("/page.js").text,
        service.get("/page.css").text,
    ] {
        assert!(
            !text.contains("http://") && !text.contains("https://"),
            "{text}"
        );
        assert!(!text.contains("innerHTML"));
    }
}

#[test]
fn a_token_is_shown_nowhere() {
    assert!(Token::new("short").is_none() && Token::new("tökentökentökentöken").is_none());
    let token = Token::new(TOKEN).unwrap();
    assert!(!format!("{token:?}").contains("sebuah"));
}

/// `tanggap serve` as a process: where it listens, what it demands, what a saved file does, and how it ends.
mod command {
    use std::io::{BufRead, BufReader};
    use std::path::Path;
    use std::process::{Child, Command, Stdio};

    use super::*;

    struct Served {
        child: Child,
        address: String,
        out: BufReader<std::process::ChildStdout>,
    }

    impl Served {
        fn new(rules: &Path, more: &[&str]) -> Self {
            let mut child = Command::new(env!("CARGO_BIN_EXE_tanggap"))
                .args(["serve", "--lang", "en", "--bind", "127.0.0.1:0", "--rules"])
                .arg(rules)
                .args(more)
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut out = BufReader::new(child.stdout.take().unwrap());
            let mut line = String::new();
            out.read_line(&mut line).unwrap();
            let address = line
                .split("http://")
                .nth(1)
                .unwrap_or_else(|| panic!("{line}"));
            let address = address.split(' ').next().unwrap().to_owned();
            Self {
                child,
                address,
                out,
            }
        }

        fn get(&self, path: &str, token: &str) -> (u16, String) {
            let agent = ureq::Agent::config_builder()
                .http_status_as_error(false)
                .build();
            let agent = ureq::Agent::new_with_config(agent);
            let request = agent.get(format!("http://{}{path}", self.address));
            let mut answer = request.header("authorization", token).call().unwrap();
            let text = answer.body_mut().read_to_string().unwrap();
            (answer.status().as_u16(), text)
        }
    }

    impl Drop for Served {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("rules/contoh/2024");
        std::fs::create_dir_all(&own).unwrap();
        std::fs::write(own.join("index.toml"), index(1)).unwrap();
        folder
    }

    #[test]
    fn a_saved_file_is_served_and_the_end_is_clean() {
        let folder = folder();
        let rules = folder.path().join("rules");
        let mut served = Served::new(&rules, &[]);
        let digest = |served: &Served| {
            let (status, text) = served.get("/v1/rulesets", "");
            assert_eq!(status, 200);
            let sets: Value = serde_json::from_str(&text).unwrap();
            let own = sets["rule_sets"][0].clone();
            assert_eq!(own["standing"], "fresh");
            own["rules_digest"].as_str().unwrap().to_owned()
        };
        let before = digest(&served);
        std::fs::write(rules.join("contoh/2024/index.toml"), index(2)).unwrap();
        let begun = Instant::now();
        while digest(&served) == before {
            assert!(begun.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(5));
        }
        let (_, status) = served.get("/v1/status", "");
        assert!(status.contains(r#""by":"events""#), "{status}");
        let id = served.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        assert!(served.child.wait().unwrap().success());
        let mut rest = String::new();
        served.out.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "done\n");
    }

    #[test]
    fn a_token_is_demanded_where_others_can_call() {
        let folder = folder();
        let rules = folder.path().join("rules");
        let call = |more: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_tanggap"));
            command
                .args(["serve", "--lang", "en", "--rules"])
                .arg(&rules)
                .args(more);
            let output = command.output().unwrap();
            (
                output.status.code(),
                String::from_utf8(output.stderr).unwrap(),
            )
        };
        let (code, said) = call(&["--bind", "0.0.0.0:0"]);
        assert_eq!(code, Some(2));
        assert!(said.contains("`--token-file` is needed"), "{said}");
        let path = folder.path().join("token");
        let token_file = ["--token-file", path.to_str().unwrap()];
        assert!(call(&token_file).1.contains("there is no token file"));
        std::fs::write(&path, "short\n").unwrap();
        assert!(call(&token_file).1.contains("16 letters, digits or signs"));
        assert!(call(&["--bind", "nowhere"]).1.contains("is no address"));
        assert!(
            call(&["--poll", "0"])
                .1
                .contains("is not valid for `--poll")
        );

        std::fs::write(&path, format!("{TOKEN}\n")).unwrap();
        let served = Served::new(&rules, &token_file);
        assert_eq!(served.get("/v1/status", "").0, 401);
        assert_eq!(served.get("/v1/status", &format!("Bearer {TOKEN}")).0, 200);
        assert_eq!(served.get("/healthz", "").0, 200);
    }
}
