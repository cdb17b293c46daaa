//! An axum service of one's own with the engine inside: routes of ours beside those of Tanggap, over the same rules.
//!
//! `cargo run --example service`, then
//! `curl 'localhost:8080/ipm?uhh_years=73.73&hls_years=12.5&rls_years=6.97&pengeluaran_ribu_rp=10440'` and `curl localhost:8080/index/v1/status`.
//! `-- --once` asks itself once and ends.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use tanggap::bundle::DiskLoader;
use tanggap::surface::http::{ServeOptions, router};
use tanggap::surface::watch::{WatchOptions, Watcher};
use tanggap::{Engine, Scorer};

/// One region: a few microseconds, so that it need not leave the thread that answers.
async fn ipm(
    State(engine): State<Engine>,
    Query(values): Query<HashMap<String, f64>>,
) -> Result<String, (StatusCode, String)> {
    let refused =
        |error: &dyn std::fmt::Display| (StatusCode::SERVICE_UNAVAILABLE, error.to_string());
    let name = "ipm/2014".parse().map_err(|error| refused(&error))?;
    let active = engine.active(&name).map_err(|error| refused(&error))?;
    let rules = active.program.rules();
    // A value that is not given is missing, and the rules say what becomes of that.
    let columns = rules.columns.iter();
    let row: Vec<Option<f64>> = columns
        .map(|own| values.get(&own.header).copied())
        .collect();
    let mut scorer = Scorer::new(&active.program).map_err(|error| refused(&error))?;
    let score = scorer.row(&row).map_err(|error| refused(&error))?;
    let index = score.index.map(|exact| rules.published(exact));
    let digest = active.rules_digest().get(..12).unwrap_or("");
    Ok(format!("IPM {index:?}, rules {digest}\n"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
    let _watcher = Watcher::start(&engine, "rules", WatchOptions::default());
    let app = Router::new()
        .route("/ipm", get(ipm))
        .with_state(engine.clone())
        .nest("/index", router(engine, ServeOptions::default()));
    let once = std::env::args().any(|argument| argument == "--once");
    let address = if once {
        "127.0.0.1:0"
    } else {
        "127.0.0.1:8080"
    };
    let listener = tokio::net::TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    println!("http://{address}");
    let served = tokio::spawn(async move { axum::serve(listener, app).await });
    if !once {
        return Ok(served.await??);
    }
    let asked = tokio::task::spawn_blocking(move || {
        let mut answers = Vec::new();
        for path in [
            "/ipm?uhh_years=73.73&hls_years=12.5&rls_years=6.97&pengeluaran_ribu_rp=10440",
            "/index/healthz",
        ] {
            let mut answer = ureq::get(format!("http://{address}{path}")).call()?;
            answers.push(answer.body_mut().read_to_string()?);
        }
        Ok::<_, ureq::Error>(answers)
    });
    let [ipm, health] = asked
        .await??
        .try_into()
        .map_err(|_| "an answer is missing")?;
    println!("{ipm}{health}");
    assert!(ipm.starts_with("IPM Some(69.95)") && health.contains("\"fresh\""));
    Ok(())
}
