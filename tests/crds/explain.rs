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
        "    Which users get an extension, and how. If omitted, no extension is created."
    );
}

#[tokio::test]
async fn single_fields_read_like_a_manual() {
    let server = Server::new().await;
    let pages = [
        (
            "gwi.spec.users.syncMode",
            "    What starts a sync. Automatic: the schedule, and a new value of the
    annotation dialplane.io/sync-requested-at; the first sync starts at once.
    Manual: only the annotation. Required when enabled is true; to change it
    afterwards, raise google.authorizationEpoch in the same change.",
        ),
        (
            "gwi.spec.users.numbering.start",
            "    First number of the range, 3 to 13 digits in quotes. The value is a string,
    and leading zeros are significant. If omitted, the range starts at 1000.
    Example: \"1001\".",
        ),
        (
            "gwi.spec.users.scope.include.organizationalUnits",
            "    Organizational units by path from the root, including the units below them;
    at most 200. A unit that is renamed or moved in Google still matches, as
    long as no other unit takes its old path. A unit that does not exist stops
    the sync before any change. Example: /Sales.",
        ),
        (
            "gwi.spec.users.realtime",
            "    Whether Dialplane also receives push notifications from Google, so that a
    new, changed, suspended, deleted or restored user is synced within seconds.
    Allowed only when syncMode is Automatic, and requires the operator's public
    URL (chart value publicUrl). Scheduled syncs continue. Defaults to false.",
        ),
        (
            "gwi.spec.users.lifecycle.gracePeriod",
            "    How long a deletion is delayed after its cause is first detected, at most
    8760h (one year). Until then the extension is disabled and its removeAfter
    shows the planned time; if the cause ends, the extension is enabled again.
    Defaults to 0s (no delay). Example: 720h.",
        ),
        (
            "gwi.spec.deletionPolicy",
            "    What happens to the managed extensions when this object is deleted. Retain:
    hands the extensions over to the phone system administrators; phones
    continue to work. Delete: deletes the extensions. Defaults to Retain.",
        ),
        (
            "gwi.status.plan.hash",
            "    Identifies exactly the removals of this plan. To approve held removals, set
    the annotation dialplane.io/approve-removals to this value.",
        ),
        (
            "pbxext.spec.disabledReason",
            "    Why Dialplane disabled the extension. Suspended: the user is suspended in
    Google. Archived: the user is archived in Google. Deleted: the user is
    deleted in Google. OutOfScope: the user is no longer in scope of the
    integration. If omitted, the extension is enabled, or an administrator
    disabled it.",
        ),
        (
            "pbxext.status.conditions.status",
            "    Whether the condition holds. True: it holds. False: it does not hold.
    Unknown: its state is not known yet.",
        ),
    ];
    for (path, expected) in pages {
        let text = server.explain(path, &[]);
        assert_eq!(body(&text, "DESCRIPTION:"), expected, "{path}");
    }
}
