//! `kubectl explain`, the manual at hand. Chosen parts, as they are printed.

use crate::server::Server;

/// What is printed below the heading, without the empty lines around it.
fn body(text: &str, heading: &str) -> String {
    let (_, below) = text
        .split_once(heading)
        .unwrap_or_else(|| panic!("no {heading} in {text}"));
    let lines: Vec<_> = below.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

#[tokio::test]
async fn the_outline_of_users() {
    let server = Server::new().await;
    let text = server.explain("gwi.spec.users", &["--recursive"]);
    let expected = "  capacity\t<integer>
  enabled\t<boolean>
  lifecycle\t<Object>
    adoptByEmail\t<boolean>
    gracePeriod\t<string>
    onArchived\t<string>
    enum: Disable, Delete, Ignore
    onDeleted\t<string>
    enum: Disable, Delete
    onOutOfScope\t<string>
    enum: Disable, Delete, Release
    onSuspended\t<string>
    enum: Disable, Delete, Ignore
    removalLimit\t<Object>
      minimum\t<integer>
      percent\t<integer>
  numbering\t<Object>
    assignments\t<[]Object>
      number\t<string> -required-
      user\t<string> -required-
    end\t<string>
    fallback\t<string>
    enum: None, Automatic
    property\t<string>
    quarantine\t<string>
    source\t<string>
    enum: Automatic, Property, Manual
    start\t<string>
  profile\t<Object>
    mobile\t<string>
    enum: Mobile, Work
    photo\t<boolean>
  realtime\t<boolean>
  schedule\t<Object>
    daily\t<Object>
      at\t<string> -required-
      days\t<[]string>
      timeZone\t<string>
    interval\t<string>
  scope\t<Object>
    exclude\t<Object>
      groups\t<[]string>
      organizationalUnits\t<[]string>
      users\t<[]string>
    include\t<Object>
      groups\t<[]string>
      organizationalUnits\t<[]string>
      users\t<[]string>
  syncMode\t<string>
  enum: Automatic, Manual
  whenDisabled\t<string>
  enum: Retain, Delete";
    assert_eq!(body(&text, "FIELDS:"), expected);
    assert_eq!(
        body(text.split("FIELDS:").next().unwrap(), "DESCRIPTION:"),
        "    Which people become extensions, and how. Left out: no extension is made."
    );
}

#[tokio::test]
async fn single_fields_read_like_a_manual() {
    let server = Server::new().await;
    let pages = [
        (
            "gwi.spec.users.syncMode",
            "    What starts a sync. Automatic: the schedule, at once the first time, and any
    change of the annotation dialplane.io/sync-requested-at. Manual: only that
    annotation. Required when enabled is true, and permanent: raise
    google.authorizationEpoch to choose again.",
        ),
        (
            "gwi.spec.users.numbering.start",
            "    First number of the range, 3 to 13 digits in quotes: it is text, and leading
    zeros count. Left out: 1000. Example: \"1001\".",
        ),
        (
            "gwi.spec.users.scope.include.organizationalUnits",
            "    Organizational units by path from the root; at most 200. Everybody in the
    unit and in the units below it. A unit that is renamed or moved in Google is
    followed, as long as no other unit takes its old path. Example: /Sales.",
        ),
        (
            "gwi.spec.users.realtime",
            "    Also listens to Google's push notifications, so that a new, changed,
    suspended, deleted or restored person is served within seconds. Needs the
    operator's public URL (the chart's publicUrl). The schedule stays complete
    without it. Default false.",
        ),
        (
            "gwi.spec.users.lifecycle.gracePeriod",
            "    How long after its cause was first seen a Delete happens, at most 8760h (one
    year). Until then the extension is disabled, removeAfter on it says when it
    will go, and it comes back when the cause goes away. Default 0s: at once.",
        ),
        (
            "gwi.spec.deletionPolicy",
            "    What happens to the extensions when this object is deleted. Retain: they
    stay, phones keep working, and from then on they belong to the
    administrators of the phone system. Delete: those that this integration
    keeps are deleted. Default Retain.",
        ),
        (
            "gwi.status.plan.hash",
            "    Identifies exactly the removals of this plan. To approve held ones, set the
    annotation dialplane.io/approve-removals to this value.",
        ),
        (
            "pbxext.spec.disabledReason",
            "    Why Dialplane disabled the extension. Suspended, Archived, Deleted: the
    person's state in Google. OutOfScope: the integration no longer covers the
    person. Left out: it is enabled, or an administrator disabled it.",
        ),
        (
            "pbxext.status.conditions.status",
            "    Whether it holds. True: yes. False: no. Unknown: that could not be found out
    yet.",
        ),
    ];
    for (path, expected) in pages {
        let text = server.explain(path, &[]);
        assert_eq!(body(&text, "DESCRIPTION:"), expected, "{path}");
    }
}
