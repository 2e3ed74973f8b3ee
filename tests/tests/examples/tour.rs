//! The tour: in memory, in a Redis, and with a Redis that is not there.

use std::net::TcpListener;
use std::process::Command;
use std::sync::LazyLock;

use cache_tests::Server;

use crate::run::{complaint, example, printed};

const CALLS: [&str; 5] =
    ["nearest(tower, 4)", "largest(\"DE\", 4)", "distances(\"IT\")", "time_zones(\"EU\")", "capital(\"FR\")"];
const ANSWERS: [&str; 5] = [
    "Paris 16 Passy 1.4 km",
    "Berlin 3,426,354, Hamburg 1,973,896",
    "658 cities, 449 km apart on average",
    "Europe/Moscow 69,276,623",
    "    Paris\n",
];

/// The tour in memory.
static IN_MEMORY: LazyLock<String> = LazyLock::new(|| printed(&mut tour()));

fn tour() -> Command {
    let mut tour = example("tour");
    tour.arg("--quick");
    tour
}

fn tour_in(url: &str) -> String {
    printed(tour().args(["--cache", url]))
}

/// The cells of the row of a call.
#[track_caller]
fn row<'a>(printed: &'a str, call: &str) -> Vec<&'a str> {
    let row = printed.lines().find(|line| line.starts_with(&format!("  {call}  ")));
    let row = row.unwrap_or_else(|| panic!("`{call}` is missing in:\n{printed}"));
    cells(row)
}

fn cells(row: &str) -> Vec<&str> {
    row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

/// Whether a call came from the cache often, and was computed once.
#[track_caller]
fn assert_cached(printed: &str) {
    for call in CALLS {
        let row = row(printed, call);
        let hits: u32 = row[4].replace(',', "").parse().unwrap();
        assert!(hits >= 3, "{row:?}");
        assert_eq!(row[5], "1", "misses of {row:?}");
    }
}

#[track_caller]
fn assert_answered(printed: &str) {
    for answer in ANSWERS {
        assert!(printed.contains(answer), "`{answer}` is missing in:\n{printed}");
    }
}

/// What came of each step under a heading: its first and its last cell.
fn steps<'a>(printed: &'a str, heading: &str) -> Vec<(&'a str, &'a str)> {
    let scene =
        printed.split(heading).nth(1).unwrap_or_else(|| panic!("`{heading}` is missing in:\n{printed}"));
    let rows = scene.lines().skip(4).take_while(|line| !line.is_empty());
    rows.map(|row| {
        let cells = cells(row);
        (cells[0], cells[cells.len() - 1])
    })
    .collect()
}

#[test]
fn each_call_is_computed_once_and_then_comes_from_the_cache() {
    assert_cached(&IN_MEMORY);
}

#[test]
fn answers_are_those_of_the_data() {
    assert_answered(&IN_MEMORY);
}

#[test]
fn table_has_a_column_for_everything_that_was_measured() {
    let head: Vec<_> = row(&IN_MEMORY, "call");

    assert_eq!(head, ["call", "cold", "warm", "speed-up", "hits", "misses", "key"]);
}

#[test]
fn keys_are_shown_whole() {
    let keys = CALLS.map(|call| row(&IN_MEMORY, call)[6]);

    let (derived, spelled_out) = ("tour::queries::time_zones(EU)", ["largest:DE:4", "distances:IT"]);
    assert_eq!((keys[3], [keys[1], keys[2]]), (derived, spelled_out));
}

#[test]
fn a_thousand_tasks_compute_once() {
    let line = "  distances(\"FR\") × 1,000: 1 computed, all were answered in";

    assert!(IN_MEMORY.contains(line), "{}", *IN_MEMORY);
}

#[test]
fn every_kind_of_refresh_computes() {
    let happened: Vec<_> =
        steps(&IN_MEMORY, "Refreshed, although it is there").into_iter().map(|step| step.1).collect();

    assert_eq!(happened, ["from the cache", "computed", "computed", "from the cache", "2 computed"]);
}

#[test]
fn what_was_invalidated_is_gone_and_the_rest_is_there() {
    let steps = steps(&IN_MEMORY, "Invalidated, by arguments and by tag");

    assert_eq!(
        steps,
        [
            ("largest(db, \"DE\", 4)", "from the cache"),
            ("largest::invalidate(\"DE\", 4)", "true"),
            ("largest::peek(\"DE\", 4)", "nothing"),
            ("largest(db, \"DE\", 4)", "computed"),
            ("distances(db, \"DE\")", "computed"),
            ("cache.invalidate_tag(\"country:DE\")", "both lose their value"),
            ("largest::peek(\"DE\", 4)", "nothing"),
            ("distances::peek(\"DE\")", "nothing"),
            ("capital::peek(\"FR\")", "there"),
        ]
    );
}

#[test]
fn message_of_the_compiler_is_quoted() {
    let quoted = "error: `contry` is not an argument of `largest`";

    assert!(IN_MEMORY.contains(quoted), "{}", *IN_MEMORY);
}

#[test]
fn no_line_is_as_wide_as_a_hundred_columns() {
    let wide: Vec<_> = IN_MEMORY.lines().filter(|line| line.chars().count() >= 100).collect();

    assert!(wide.is_empty(), "{wide:#?}");
}

#[test]
fn a_file_gets_no_colours() {
    assert!(!IN_MEMORY.contains('\x1b'));
}

#[test]
fn a_terminal_gets_colours() {
    let printed = printed(&mut on_a_terminal());

    assert!(printed.contains("\x1b[1mAsked cold, and then warm\x1b[0m"), "{printed}");
}

#[test]
fn a_terminal_gets_none_where_they_are_unwanted() {
    let printed = printed(on_a_terminal().env("NO_COLOR", "1"));

    assert!(printed.contains("Asked cold, and then warm"), "{printed}");
    assert!(!printed.contains("\x1b[1m") && !printed.contains("\x1b[2m"), "{printed}");
}

/// The tour with stdin, stdout and stderr on a terminal.
fn on_a_terminal() -> Command {
    let mut script = Command::new("script");
    let program = example("tour").get_program().to_owned();
    let program = program.to_str().expect("the folder has a name in UTF-8");
    script.args(["--quiet", "--return", "--command", &format!("'{program}' --quick"), "/dev/null"]);
    script.env_remove("NO_COLOR");
    script
}

#[test]
fn a_redis_keeps_the_same_values() {
    let server = Server::redis().start();

    let printed = tour_in(&server.url());

    assert_cached(&printed);
    assert_answered(&printed);
    assert!(printed.contains("× 1,000: 1 computed"), "{printed}");
}

#[test]
fn a_redis_is_left_as_it_was() {
    let server = Server::redis().start();
    server.command::<()>(&["SET", "site:1:of others", "kept"]);

    tour_in(&format!("{}?key_prefix=site", server.url()));

    assert_eq!(server.command::<Vec<String>>(&["KEYS", "*"]), ["site:1:of others"]);
}

#[test]
fn a_password_is_not_shown() {
    let server = Server::redis().password("hush-hush").start();

    let printed = tour_in(&server.url());

    assert_cached(&printed);
    assert!(!printed.contains("hush-hush"), "{printed}");
}

#[test]
fn a_redis_that_is_not_there_is_spoken_of_and_everything_is_answered() {
    // Nobody accepts on a port that was just let go.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();

    let printed = tour_in(&format!("redis://127.0.0.1:{port}"));

    assert!(printed.contains("! error: cache `default`: check: store unavailable"), "{printed}");
    assert_answered(&printed);
    for call in CALLS {
        assert_eq!(row(&printed, call)[3..5], ["–", "0"], "speed-up and hits of {call}");
    }
}

#[test]
fn an_unknown_argument_is_refused() {
    let (code, complaint) = complaint(example("tour").arg("--quik"));

    assert_eq!(
        (code, complaint.as_str()),
        (Some(2), "tour: `--quik` is unknown; there are --cache URL, --quick and --help\n")
    );
}

#[test]
fn a_scheme_that_no_backend_has_is_refused() {
    let (code, complaint) = complaint(tour().args(["--cache", "rdis://localhost"]));

    assert_eq!(code, Some(1));
    assert!(complaint.contains("unknown scheme `rdis`; did you mean `redis`?"), "{complaint}");
}
