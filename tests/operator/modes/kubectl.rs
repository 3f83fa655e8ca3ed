//! What kubectl shows, and when it returns.

use serde_json::json;

use super::hire;
use crate::world::{NAME, World};

#[tokio::test]
async fn kubectl_wait_returns_when_the_present_declaration_is_carried_out() {
    let world = World::with_people(3).await;
    world.declare(json!({})).await;
    let wait = |seconds: u32| {
        let timeout = format!("--timeout={seconds}s");
        let world = &world;
        move || {
            world
                .kubectl(&["wait", "--for=condition=Ready", "gwi/acme", &timeout])
                .ok()
        }
    };
    assert!(wait(1)().is_err(), "nobody works on it yet");
    let mut operator = world.operator().await;
    wait(90)().unwrap();
    assert_eq!(world.all().await.len(), 3);
    let object = world.integrations().get(NAME).await.unwrap();
    assert_eq!(object.status.as_ref().unwrap().observed_generation, 1);
    operator.terminate().await.unwrap();

    // Ready is still there from before the change, and must not be taken for an answer to it.
    let zoe = hire(&world, "zoe");
    world
        .change(json!({"users": {"profile": {"mobile": "Work"}}}))
        .await;
    assert!(wait(1)().is_err(), "Ready speaks of the generation before");
    let _operator = world.operator().await;
    wait(90)().unwrap();
    assert!(world.extension_of(&zoe).await.is_some());
    world.finish().await;
}

/// The cells of a table that kubectl printed, by its header; ages as `<age>`.
fn table(text: &str) -> Vec<Vec<String>> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let starts: Vec<usize> = header
        .char_indices()
        .filter(|(at, _)| *at == 0 || header[..*at].ends_with("   ") && !header[*at..].starts_with(' '))
        .map(|(at, _)| at)
        .collect();
    let cells = |line: &str| {
        let ends = starts.iter().skip(1).copied().chain([usize::MAX]);
        let cell = |(start, end): (&usize, usize)| {
            let cell: String = line
                .chars()
                .skip(*start)
                .take(end.saturating_sub(*start))
                .collect();
            let cell = cell.trim();
            let age = cell
                .strip_suffix('s')
                .is_some_and(|digits| digits.parse::<u32>().is_ok());
            if age { "<age>".to_owned() } else { cell.to_owned() }
        };
        starts.iter().zip(ends).map(cell).collect()
    };
    std::iter::once(header).chain(lines).map(cells).collect()
}

#[tokio::test]
async fn kubectl_shows_columns_and_events() {
    let world = World::with_people(1).await;
    let zoe = hire(&world, "zoe");
    let details = json!({
        "suspended": true,
        "phones": [{"value": "+44 7700 900123", "type": "mobile"}],
        "organizations": [{"title": "Engineer", "department": "R&D", "primary": true}],
    });
    world.google.patch_user(&zoe, details).unwrap();
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;

    let shown = table(&world.kubectl(&["get", "gwi"]).ok().unwrap());
    let header = [
        "NAME",
        "TENANT",
        "LEVEL",
        "CONNECTION",
        "MODE",
        "USERS",
        "READY",
        "STATUS",
        "LAST SYNC",
        "AGE",
    ];
    let message = "2 users have been synced to the PBX extension directory.";
    let row = [
        "acme",
        "acme",
        "Tenant",
        "Connected",
        "Automatic",
        "2",
        "True",
        "Succeeded",
        "<age>",
        "<age>",
    ];
    let (header, row) = (header.map(str::to_owned), row.map(str::to_owned));
    assert_eq!(shown, [&header[..], &row]);
    // The message is long: it comes last, for those who ask for it.
    let wide = table(&world.kubectl(&["get", "gwi", "-o", "wide"]).ok().unwrap());
    let expected =
        [(&header[..], "MESSAGE"), (&row, message)].map(|(cells, last)| [cells, &[last.to_owned()]].concat());
    assert_eq!(wide, expected);

    let shown = table(&world.kubectl(&["get", "pbxext", "-o", "wide"]).ok().unwrap());
    let header = [
        "NAME",
        "NUMBER",
        "NAME",
        "EMAIL",
        "STATE",
        "SOURCE",
        "INTEGRATION",
        "MOBILE",
        "TITLE",
        "DEPARTMENT",
        "REASON",
        "REMOVE AFTER",
        "AGE",
    ];
    let zoe = [
        "acme-1002",
        "1002",
        "zoe New",
        "zoe@acme.example",
        "false",
        "google",
        "acme",
        "+44 7700 900123",
        "Engineer",
        "R&D",
        "Suspended",
        "",
        "<age>",
    ];
    assert_eq!(shown.len(), 3);
    assert_eq!(
        (&shown[0][..], &shown[2][..]),
        (&header.map(str::to_owned)[..], &zoe.map(str::to_owned)[..])
    );
    let narrow = table(&world.kubectl(&["get", "pbxext"]).ok().unwrap());
    let expected: Vec<_> = [&header[..7], &header[12..]].concat();
    assert_eq!(narrow[0], expected);

    // One event for the new state, and none for a sync that changes nothing.
    world.sync().await;
    world.settled().await;
    let described = world.kubectl(&["describe", "gwi", NAME]).ok().unwrap();
    let events = described.split("Events:").nth(1).unwrap_or_default();
    let lines: Vec<_> = events
        .lines()
        .filter(|line| line.trim_start().starts_with("Normal"))
        .collect();
    assert_eq!(lines.len(), 1, "{described}");
    assert!(
        lines[0].contains("Succeeded") && lines[0].contains("dialplane") && lines[0].contains(message),
        "{}",
        lines[0]
    );
    world.finish().await;
}
