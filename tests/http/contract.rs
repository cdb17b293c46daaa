//! Every answer is as `openapi.json` says.

use super::*;

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
        let answer = check(&service, "contoh/2024", &csv, four, 413);
        assert_eq!(answer.problem(), "too-large");
        if kind == "explain" {
            // Refused as a whole, not explained as if its data were missing.
            let twice = "kode,a,b\n01,1,1\n01,2,2\n";
            let answer = check(&service, one, &csv, twice, 422);
            assert_eq!(answer.problem(), "region-refused");
            assert!(answer.text.contains("D102"), "{}", answer.text);
        }
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
    let local = Service::with(
        ServeOptions {
            local_names_only: true,
            ..ServeOptions::default()
        },
        |builder| builder,
    );
    for path in [
        "/",
        "/page.css",
        "/page.js",
        "/healthz",
        "/readyz",
        "/openapi.json",
    ] {
        for (hosts, status) in [("host: a\r\nhost: a\r\n", 400), ("host: a\r\n", 403)] {
            let mut socket = local.socket();
            write!(socket, "GET {path} HTTP/1.1\r\n{hosts}\r\n").unwrap();
            let answer = raw_answer(&mut socket);
            assert_eq!(answer.status, status, "{path}");
            contract.holds("GET", path, &answer);
        }
    }

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

fn first_event(service: &Service, bearer: &str) -> Value {
    let more = format!("authorization: {bearer}\r\nlast-event-id: 0\r\n");
    events(service, &more).next().unwrap()
}
