//! What happens to the engine, for those who wait without a thread.

use std::time::Duration;

use tokio::sync::watch;

use crate::{Engine, Event};

/// How often the thread that rings looks whether anybody listens any more.
const LISTENING: Duration = Duration::from_secs(1);

/// A bell that rings when something happened; each listener reads by itself what that was.
pub(super) fn bell(engine: &Engine) -> watch::Receiver<()> {
    let (ring, bell) = watch::channel(());
    let mut events = engine.subscribe(None);
    let thread = std::thread::Builder::new().name("tanggap-events".to_owned());
    // Without the thread streams are silent; everything else goes on.
    let _ = thread.spawn(move || {
        while !ring.is_closed() {
            if events.wait(LISTENING).is_some() {
                while events.wait(Duration::ZERO).is_some() {}
                ring.send_replace(());
            }
        }
    });
    bell
}

/// An event as JSON, in one language.
pub(super) fn event_json(event: &Event, lang: crate::base::Lang) -> serde_json::Value {
    use crate::EventKind;
    use serde_json::json;
    let mut document = json!({
        "number": event.number,
        "at": super::routes::time(event.at),
        "event": event.kind.name(),
        "rule_set": event.kind.rule_set().map(ToString::to_string),
    });
    let more = match &event.kind {
        EventKind::Activated { digest, before, .. } => {
            json!({ "rules_digest": digest, "rules_digest_before": before })
        }
        EventKind::Refused { why, .. } => json!({ "why": why.get(lang) }),
        EventKind::Source { why } => json!({ "why": why.as_ref().map(|why| why.get(lang)) }),
        EventKind::Watching { by, why } => {
            json!({ "watching": by, "why": why.as_ref().map(|why| why.get(lang)) })
        }
        EventKind::Testing { .. } | EventKind::Mended { .. } | EventKind::Removed { .. } => {
            json!({})
        }
    };
    if let (Some(all), serde_json::Value::Object(more)) = (document.as_object_mut(), more) {
        all.extend(more);
    }
    document
}
