//! HTTP to the letter: heads that say two things, names and pages of others, and how a service ends.

use super::*;

/// The status of what is written raw.
fn raw(service: &Service, text: &str) -> Answer {
    let mut socket = service.socket();
    socket.write_all(text.as_bytes()).unwrap();
    raw_answer(&mut socket)
}

#[test]
fn heads_that_say_two_things_are_refused() {
    let service = Service::new();
    let chunked = "transfer-encoding: chunked\r\n";
    let length = "content-length: 5\r\n";
    for more in [
        "host: localhost\r\n".to_owned(),
        format!("{chunked}{length}"),
        format!("{length}{chunked}"),
    ] {
        let head = format!(
            "POST {SCORE} HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/csv\r\naccept-language: id\r\n{more}\r\n0\r\n\r\n"
        );
        let answer = raw(&service, &head);
        assert_eq!(answer.status, 400, "{more}: {}", answer.text);
        assert_eq!(answer.problem(), "malformed");
    }
    // On a connection that has been used as well, whatever came before.
    for before in [
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        format!(
            "POST {SCORE} HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/csv\r\ncontent-length: {}\r\n\r\n{DATA}",
            DATA.len()
        ),
    ] {
        for gap in ["", "\r\n"] {
            let mut socket = service.socket();
            socket.write_all(before.as_bytes()).unwrap();
            assert_eq!(raw_answer(&mut socket).status, 200);
            let head = format!(
                "{gap}POST {SCORE} HTTP/1.1\nhost: localhost\ncontent-type: text/csv\n{chunked}{length}\r\n0\r\n\r\n"
            );
            socket.write_all(head.as_bytes()).unwrap();
            let answer = raw_answer(&mut socket);
            assert_eq!(answer.status, 400, "{before}: {}", answer.text);
            // Two at once: each is judged by its own head.
            let mut socket = service.socket();
            socket
                .write_all(format!("{before}{head}").as_bytes())
                .unwrap();
            assert_eq!(raw_answer(&mut socket).status, 200);
        }
    }
    // One way alone is fine, and nothing comes after it on its connection.
    let body = format!("{:x}\r\n{DATA}\r\n0\r\n\r\n", DATA.len());
    let head = format!(
        "POST {SCORE} HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/csv\r\n{chunked}\r\n{body}"
    );
    let answer = raw(&service, &head);
    assert_eq!(
        (
            answer.status,
            answer.headers["connection"].to_str().unwrap()
        ),
        (200, "close")
    );
}

#[test]
fn a_target_is_held_to_the_rules_of_hosts() {
    let options = ServeOptions {
        local_names_only: true,
        ..ServeOptions::default()
    };
    let service = Service::with(options, |builder| builder);
    let get = |target: &str, host: &str| {
        raw(
            &service,
            &format!("GET {target} HTTP/1.1\r\nhost: {host}\r\n\r\n"),
        )
        .status
    };
    assert_eq!(get("/healthz", "localhost"), 200);
    assert_eq!(get("/healthz", "127.0.0.2:8787"), 200);
    assert_eq!(get("/healthz", "evil.example"), 403);
    assert_eq!(get("http://evil.example/healthz", "localhost"), 403);
    assert_eq!(get("http://localhost/healthz", "localhost"), 200);
}

#[test]
fn a_head_that_does_not_come_delays_no_end() {
    let mut service = Service::new();
    let mut socket = service.socket();
    socket.write_all(b"GET /healthz HTTP/1.1\r\nhos").unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let begun = Instant::now();
    service.stop();
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn pages_of_others_may_call_where_they_are_named() {
    let ask = |service: &Service| {
        let headers = [
            ("origin", "https://kantor.example"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type"),
        ];
        let answer = service.call("OPTIONS", SCORE, &headers, b"");
        let allowed = answer.headers.get("access-control-allow-origin");
        (
            answer.status,
            allowed.map(|own| own.to_str().unwrap().to_owned()),
        )
    };
    assert_eq!(ask(&Service::new()), (405, None), "off by default");
    let options = ServeOptions {
        cors: vec!["https://kantor.example".to_owned()],
        token: Token::new(TOKEN),
        ..ServeOptions::default()
    };
    let service = Service::with(options, |builder| builder);
    assert_eq!(
        ask(&service),
        (200, Some("https://kantor.example".to_owned()))
    );
}

#[test]
fn forms_that_are_not_read_are_415() {
    let service = Service::new();
    for (form, body) in [
        ("application/vnd.apache.parquet", &b"PAR1"[..]),
        ("application/octet-stream", b"PAR1\0\0"),
        ("application/octet-stream", b"\x1f\x8b\x08"),
        ("text/csv; charset=shift_jis", DATA.as_bytes()),
        ("application/json; charset=utf-16", b"[]"),
    ] {
        let answer = service.call("POST", SCORE, &[("content-type", form)], body);
        assert_eq!(answer.status, 415, "{form}: {}", answer.text);
    }
    let answer = service.post(SCORE, "text/csv; charset=UTF-8", DATA);
    assert_eq!(answer.status, 200);
    let one = service.post(SCORE, JSON, r#"{"kode":"01","a":50,"b":50}"#);
    assert_eq!(
        one.json()["regions"].as_array().unwrap().len(),
        1,
        "{}",
        one.text
    );
}

/// Errors are in the language of the reader, down to the last word, and name no options of the command line.
#[test]
fn errors_are_in_one_language() {
    let service = Service::new();
    let id = |path: &str, form: &str, body: &str| {
        let headers = [("accept-language", "id"), ("content-type", form)];
        service.call("POST", path, &headers, body.as_bytes()).text
    };
    let said = id("/v1/diff", JSON, r#"{"before":5}"#);
    assert!(
        said.contains("jenisnya tidak sesuai (baris 1, kolom "),
        "{said}"
    );
    let said = id("/v1/diff", JSON, r#"{"befor":5}"#);
    assert!(
        said.contains("`befor` tidak dikenal; yang ada: `before`"),
        "{said}"
    );
    let said = id(&format!("{SCORE}?yaer=2024"), CSV, DATA);
    assert!(said.contains("`yaer` tidak dikenal"), "{said}");
    let said = id(&format!("{SCORE}?year=x"), CSV, DATA);
    assert!(said.contains("nilai `year` tidak dapat dibaca"), "{said}");
    let said = id(&format!("{SCORE}?year=2024"), CSV, DATA);
    assert!(
        said.contains("`year_column`") && !said.contains("--"),
        "{said}"
    );
}

/// What is saved and opened in a spreadsheet is no formula.
#[test]
fn csv_is_safe_in_spreadsheets() {
    let service = Service::new();
    let headers = [("content-type", CSV), ("accept", CSV)];
    let data = "kode,a,b\n=1+1,50,50\n";
    let answer = service.call("POST", SCORE, &headers, data.as_bytes());
    assert!(answer.text.contains("\n'=1+1,"), "{}", answer.text);
    let again = service.post(SCORE, CSV, &data.replace("=1", "'=1")).json();
    assert_eq!(again["regions"][0]["region"], "=1+1");
}
