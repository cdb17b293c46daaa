//! What is answered: the scores of the library, by the rules that are named.

use super::*;

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
    assert_eq!(service.get("/healthz").json()["stale"], json!(2));
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
