//! The house keeps its shape: who may call whom, what a room may not name. Edit the tables to change it.

use std::path::{Path, PathBuf};

/// A room, and the rooms it may name. `types` is the ground; `cli` and `api` stand on everything.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("types", &["types"]),
    ("error", &["types"]),
    ("db", &["types", "error", "db"]),
    ("providers", &["types", "config", "providers"]),
    ("commerce", &["types", "error", "db", "commerce", "app", "providers", "config"]),
    ("jobs", &["types", "error", "db", "commerce", "app", "jobs"]),
    ("api", &["types", "error", "db", "commerce", "app", "config", "providers", "api"]),
];

/// Inside `commerce`: a room may name the rooms before it in this list, and those beside it in its row.
const COMMERCE_ORDER: &[&[&str]] = &[
    &["auth", "channels", "events", "idempotency", "secrets", "audit", "address", "flow", "notifications", "identity"],
    &["tax", "pricing"],
    &["catalog", "inventory", "shipping", "promotions"],
    &["cart"],
    &["orders", "payments"],
    &["checkout"],
    &["customers"],
    &["staff"],
    &["setup", "transfer", "operations", "demo", "doctor"],
];

/// What no file of `commerce` may name: the doors' libraries.
const NOT_IN_COMMERCE: &[&str] = &["actix_web", "#[Object]", "utoipa::path", "reqwest", "HttpResponse"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    found
        .into_iter()
        .map(|path| (path.strip_prefix(&root).unwrap().display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect()
}

/// The rooms that a source names as `crate::room`, tests and comments left out.
fn named<'a>(source: &'a str, prefix: &str) -> Vec<&'a str> {
    let code = source.split("#[cfg(test)]").next().unwrap_or(source);
    let lines = code.lines().filter(|l| !l.trim_start().starts_with("//"));
    let mut rooms: Vec<&str> = lines
        .flat_map(|line| line.match_indices(prefix).map(|(at, _)| &line[at + prefix.len()..]).collect::<Vec<_>>())
        .map(|rest| rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or(""))
        .filter(|room| !room.is_empty())
        .collect();
    rooms.sort_unstable();
    rooms.dedup();
    rooms
}

#[test]
fn rooms_name_only_the_rooms_they_may() {
    let mut wrong = Vec::new();
    for (file, source) in sources() {
        let room = file.split(['/', '.']).next().unwrap();
        let Some((_, allowed)) = MAY_NAME.iter().find(|(r, _)| *r == room) else { continue };
        let rooms = named(&source, "crate::")
            .into_iter()
            .filter(|r| MAY_NAME.iter().any(|(known, _)| known == r) || ["app", "cli", "config"].contains(r));
        wrong.extend(rooms.filter(|r| !allowed.contains(r)).map(|r| format!("{file} names crate::{r}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn commerce_has_no_circles() {
    let row = |room: &str| COMMERCE_ORDER.iter().position(|rooms| rooms.contains(&room));
    let mut wrong = Vec::new();
    for (file, source) in sources() {
        let Some(room) = file.strip_prefix("commerce/").and_then(|f| f.split(['/', '.']).next()).filter(|r| *r != "mod") else { continue };
        let own = row(room).unwrap_or_else(|| panic!("{room} has no place in COMMERCE_ORDER"));
        let others = named(&source, "crate::commerce::").into_iter().filter(|r| *r != room);
        wrong.extend(others.filter(|r| row(r).is_none_or(|theirs| theirs > own)).map(|r| format!("{file} names commerce::{r}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rules_know_no_doors() {
    let mut wrong = Vec::new();
    for (file, source) in sources().into_iter().filter(|(f, _)| f.starts_with("commerce/")) {
        wrong.extend(NOT_IN_COMMERCE.iter().filter(|word| source.contains(**word)).map(|word| format!("{file} names {word}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_database_room_begins_transactions() {
    let banned = [".immediate_transaction(", ".build_transaction(", "\"BEGIN", "establish("];
    let mut wrong = Vec::new();
    for (file, source) in sources().into_iter().filter(|(f, _)| !f.starts_with("db/")) {
        wrong.extend(banned.iter().filter(|word| source.contains(**word)).map(|word| format!("{file} has {word}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_in_the_project_is_unfinished() {
    let mut wrong = Vec::new();
    for (file, source) in sources() {
        let words = ["todo!(", "unimplemented!(", "FIXME", "being built"];
        wrong.extend(words.iter().filter(|w| source.to_lowercase().contains(&w.to_lowercase())).map(|w| format!("{file} has {w}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
