//! What starts a sync.

use serde_json::{Value, json};

use super::{Case, each};
use crate::samples::Kind;

pub(super) fn users() -> Vec<Case> {
    let case =
        |rule, good: &[Value], bad: &[Value]| Case::new(Kind::Integration, rule, "/spec/users", good, bad);
    let interval = |text: &str| json!({"syncMode": "Automatic", "schedule": {"interval": text}});
    let quarantine = |text: &str| json!({"numbering": {"quarantine": text}});
    let manual = json!({"enabled": true, "syncMode": "Manual"});
    let every_quarter = json!({"interval": "15m"});
    let realtime = |mode: Value| json!({"syncMode": mode, "realtime": true});
    vec![
        case(
            "users.syncMode: required",
            &[json!({}), json!({"enabled": false}), manual.clone()],
            &[
                json!({"enabled": true}),
                json!({"enabled": true, "syncMode": null}),
            ],
        ),
        case(
            "users.schedule: allowed only",
            &[
                json!({"syncMode": "Automatic", "schedule": every_quarter}),
                json!({"syncMode": "Automatic", "schedule": {}}),
                manual.clone(),
            ],
            &[
                json!({"syncMode": "Manual", "schedule": every_quarter}),
                json!({"syncMode": "Manual", "schedule": {}}),
                json!({"schedule": every_quarter}),
            ],
        ),
        case(
            "users.realtime: allowed only",
            &[
                realtime(json!("Automatic")),
                json!({"syncMode": "Manual", "realtime": false}),
                json!({"realtime": false}),
                manual,
            ],
            &[realtime(json!("Manual")), realtime(Value::Null)],
        ),
        case(
            "users.schedule.interval: use",
            &each(
                [
                    "30s", "15m", "1h30m", "168h", "1.5h", "30000ms", "604800s", "10080m",
                ],
                interval,
            ),
            &each(
                [
                    "",
                    "29s",
                    "29999ms",
                    "168h1s",
                    "0s",
                    "15",
                    "m",
                    "15 m",
                    "-15m",
                    "+15m",
                    "15M",
                    "1d",
                    "15min",
                    "1,5h",
                    "99999h",
                    "999999999h",
                    "99999999999999999999s",
                    "1e3s",
                ],
                interval,
            ),
        ),
        case(
            "users.numbering.quarantine: use",
            &each(["0s", "720h", "87600h", "0h"], quarantine),
            &each(
                [
                    "",
                    "87600h1s",
                    "-1h",
                    "30d",
                    "30",
                    "99999999h",
                    "9999999999999999999ms",
                ],
                quarantine,
            ),
        ),
    ]
}

pub(super) fn daily() -> Vec<Case> {
    let case =
        |rule, good: &[Value], bad: &[Value]| Case::new(Kind::Integration, rule, "/spec/users", good, bad);
    let schedule = |schedule: Value| json!({"syncMode": "Automatic", "schedule": schedule});
    let at = |at: &str| schedule(json!({"daily": {"at": at}}));
    let zone = |zone: &str| schedule(json!({"daily": {"at": "02:00:00", "timeZone": zone}}));
    vec![
        case(
            "users.schedule.daily: cannot be combined",
            &[
                schedule(json!({})),
                schedule(json!({"interval": "15m"})),
                schedule(json!({"daily": {"at": "02:00:00"}})),
                schedule(json!({"interval": null, "daily": {"at": "02:00:00", "days": []}})),
            ],
            &[schedule(json!({"interval": "15m", "daily": {"at": "02:00:00"}}))],
        ),
        case(
            "users.schedule.daily.at: use",
            &each(["00:00:00", "02:30:00", "19:05:59", "23:59:59"], at),
            &each(
                [
                    "", "02:00", "2:00:00", "24:00:00", "02:60:00", "02:00:60", "02.00.00", "2:00 AM",
                    "25:00:00", "02:00:0", " 2:00:00",
                ],
                at,
            ),
        ),
        case(
            "users.schedule.daily.timeZone: use",
            &each(
                [
                    "UTC",
                    "Europe/Berlin",
                    "America/Argentina/Buenos_Aires",
                    "America/Port-au-Prince",
                    "Etc/GMT+3",
                    "Asia/Ho_Chi_Minh",
                    "EST5EDT",
                ],
                zone,
            ),
            &each(
                [
                    "",
                    "+02:00",
                    "Europe/",
                    "/Berlin",
                    "Europe//Berlin",
                    "Europe/Berlin ",
                    "New York",
                    "../etc/passwd",
                    "Europe/São_Paulo",
                ],
                zone,
            ),
        ),
    ]
}
