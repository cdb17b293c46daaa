//! What is taken on, and what becomes of the rest.

use super::*;

#[test]
fn bodies_are_held_within_the_memory_that_there_is() {
    let limits = Limits {
        memory: 4 << 20,
        ..Limits::default()
    };
    let service = Service::limited(limits);
    // Alone it would not fit, however long it waits.
    let large = format!("kode,a,b\n{}", "1,1,1\n".repeat(60_000));
    let answer = service.post(SCORE, CSV, &large);
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (413, "too-large")
    );
    assert!(answer.text.contains("more than 4 MB"), "{}", answer.text);
    // Two that would fit alone: one of them with much in a column that is not read.
    let many = |rows: usize| {
        let rows = (0..rows).map(|at| format!("{at},1,1,\n"));
        format!("kode,a,b,c\n{}", rows.collect::<String>())
    };
    let note = format!("1,1,1,{}\n", "x".repeat(30_000));
    let (half, rest) = (format!("kode,a,b,c\n{}", note.repeat(60)), "2,1,1,\n");
    let mut socket = service.socket();
    write!(
        socket,
        "POST {SCORE} HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/csv\r\ncontent-length: {}\r\n\r\n{half}",
        half.len() + rest.len()
    )
    .unwrap();
    let half = many(2000);
    std::thread::sleep(Duration::from_millis(300));
    let answer = service.post(SCORE, CSV, &half);
    assert_eq!((answer.status, answer.problem().as_str()), (429, "busy"));
    socket.write_all(rest.as_bytes()).unwrap();
    assert_eq!(raw_answer(&mut socket).status, 200);
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
    let service = Service::limited(limits);
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
fn slow_clients_are_cut() {
    let limits = Limits {
        patience: Duration::from_millis(500),
        ..Limits::default()
    };
    let service = Service::limited(limits);
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

/// Bodies that once took several gigabytes: eight at once have an answer each, and the service stays within what it promises.
#[test]
fn bodies_that_mean_harm_are_answered_within_the_memory() {
    let served = super::command::Served::plain();
    let rows = 1 << 20;
    let wide = |cell: &str| format!("{}\n", cell.repeat(2));
    let many = |row: &str| format!("kode,a,b\n{}", row.repeat(rows)).into_bytes();
    let long: String = (0..rows).map(|at| format!("{at},a,1\n")).collect();
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        (CSV, "x,".repeat(2 << 20).into_bytes()),
        (CSV, many(&wide(",x"))),
        (CSV, many(&wide(","))),
        (CSV, many("1,2,3,4\n")),
        (CSV, format!("kode,a,b\n{long}").into_bytes()),
        (
            JSON,
            format!("[{}{{}}]", "{},".repeat(8 * rows)).into_bytes(),
        ),
        (
            JSON,
            format!("{{\"kode\":[{}0]}}", "0,".repeat(16 * rows)).into_bytes(),
        ),
        ("application/octet-stream", b"PAR1 and so on".to_vec()),
    ];
    let before = served.peak_megabytes();
    std::thread::scope(|scope| {
        for (form, body) in &bodies {
            let served = &served;
            scope.spawn(move || {
                let (status, text) = served.post(SCORE, form, body);
                let fine = [200, 400, 413, 415, 422, 429].contains(&status);
                assert!(fine, "{form}: {status} {text:.300}");
            });
        }
    });
    let peak = served.peak_megabytes();
    println!("{before} MB before, {peak} MB at most");
    assert!(peak < 2048, "{before} {peak}");
    assert_eq!(served.get("/readyz", "").0, 200);
}

/// The limit of a body is that of what arrives, whether or not its length was said before.
#[test]
fn a_body_of_unknown_length_has_the_same_limit() {
    let limits = Limits {
        body: 10_000,
        ..Limits::default()
    };
    let service = Service::limited(limits);
    let head = format!("POST {SCORE} HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/csv\r\n");
    for (rows, status) in [(100, 200), (5_000, 413)] {
        let rows: String = (0..rows).map(|at| format!("{at},1,1\n")).collect();
        let body = format!("kode,a,b\n{rows}");
        let mut socket = service.socket();
        let sized = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        // Whoever is refused may be cut off while still sending.
        let _ = socket.write_all(sized.as_bytes());
        assert_eq!(raw_answer(&mut socket).status, status);
        let mut socket = service.socket();
        let chunked = format!(
            "{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        );
        let _ = socket.write_all(chunked.as_bytes());
        assert_eq!(raw_answer(&mut socket).status, status, "without a length");
    }
}
