//! The rules of this code base that a machine can hold: who may name whom, what files look like,
//! how long things get. It reads text, not types; every rule proves below that it can fail.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 400;
const FILE_LINES_WITH_TESTS_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;
const LINE_CHARS_MAX: usize = 100;

/// Module, and what it may name. A longer path opens only that part of a module.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &["domain"]),
    ("app", &["domain", "store"]),
    ("psp", &["domain", "app::ports"]),
    ("kit", &["domain", "app::ports", "psp", "clock"]),
    ("wire", &["domain"]),
    ("outbound", &["domain", "wire", "app::ports"]),
    ("http", &["app", "wire", "domain", "store::Reader", "store::StoreError"]),
    ("jobs", &["app"]),
    ("sandbox", &[]),
    ("clock", &["app::ports", "domain::time"]),
    ("config", &["app", "domain", "store"]),
];

/// They join the parts, so they may name everything.
const JOINERS: &[&str] = &["startup", "commands", "lib", "main"];

const DRAWERS: &[&str] = &["utils", "util", "helpers", "common", "misc", "manager", "types"];

/// One `.rs` file, its path from the root of the repository.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    /// Up to where its own tests begin. A file under a folder `tests` is nothing else.
    fn before_tests(&self) -> &str {
        if self.path.contains("/tests/") {
            return "";
        }
        let end = self.text.find("#[cfg(test)]\nmod ");
        &self.text[..end.unwrap_or(self.text.len())]
    }

    fn is_ours(&self) -> bool {
        self.path.starts_with("src/")
    }

    fn is_shipped(&self) -> bool {
        self.is_ours() || (self.path.starts_with("plugins/") && self.path.contains("/src/"))
    }

    /// `["domain", "money"]` for `src/domain/money.rs`; `["domain"]` for its `mod.rs`.
    fn module(&self) -> Vec<&str> {
        let path = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let path = path.strip_suffix(".rs").unwrap_or(path);
        let mut parts: Vec<&str> = path.split('/').collect();
        if parts.last() == Some(&"mod") {
            parts.pop();
        }
        parts
    }
}

type Rule = fn(&Source) -> Vec<String>;

const RULES: &[Rule] = &[
    directions,
    header,
    names,
    wildcard_arms,
    floats,
    banned_words,
    the_clock,
    function_length,
    file_length,
    line_length,
];

/// The text with comments and the contents of strings blanked; lines stay where they are.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            '"' => string_end(rest),
            'r' if rest.starts_with("r#\"") => {
                rest[3..].find("\"#").map_or(rest.len(), |at| at + 5)
            }
            '\'' if rest.starts_with("'\"'") => 3,
            _ => {
                code.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
        };
        let (blank, after) = rest.split_at(taken);
        code.extend(blank.chars().map(|c| if c == '\n' { c } else { ' ' }));
        rest = after;
    }
    code
}

fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Every path of the crate that a file names, as `a::b::c`, with its line.
fn named_paths(source: &Source) -> Vec<(usize, String)> {
    let code = code_of(&source.text);
    let tests_begin = source.before_tests().len();
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            let inside_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
            if inside_word || code[..at].ends_with("super::") {
                continue;
            }
            let mut base: Vec<String> = Vec::new();
            let mut rest = &code[at..];
            if start == "super::" {
                base = source.module().iter().map(|part| (*part).to_owned()).collect();
                if at >= tests_begin {
                    base.push("tests".to_owned());
                }
            }
            while let Some(after) = rest.strip_prefix("super::") {
                base.pop();
                rest = after;
            }
            rest = rest.strip_prefix("crate::").unwrap_or(rest);
            for leaf in leaves(rest) {
                let mut path = base.clone();
                path.extend(leaf.split("::").map(str::to_owned));
                found.push((line_of(&code, at), path.join("::")));
            }
        }
    }
    found
}

/// `a::{b, c::d}` into `a::b` and `a::c::d`.
fn leaves(text: &str) -> Vec<String> {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let end = text.find(|c| !is_path(c)).unwrap_or(text.len());
    let (head, rest) = text.split_at(end);
    if !rest.starts_with('{') {
        return vec![head.trim_end_matches(':').to_owned()];
    }
    let mut depth = 0;
    let mut found = Vec::new();
    let mut begin = 1;
    for (at, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if (c == ',' && depth == 1) || depth == 0 {
            let item = rest[begin..at].trim();
            if !item.is_empty() {
                found.extend(leaves(item).iter().map(|leaf| format!("{head}{leaf}")));
            }
            begin = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    found
}

fn directions(source: &Source) -> Vec<String> {
    if !source.is_ours() {
        return vec![];
    }
    let module = source.module();
    let own = module[0];
    if JOINERS.contains(&own) {
        return vec![];
    }
    let Some((_, allowed)) = DIRECTIONS.iter().find(|(name, _)| *name == own) else {
        return vec![format!("`{own}` is not on the map of layers")];
    };
    named_paths(source)
        .into_iter()
        .filter(|(_, path)| {
            let within = |part: &str| path == part || path.starts_with(&format!("{part}::"));
            !within(own) && !allowed.iter().any(|part| within(part))
        })
        .map(|(line, path)| format!("{line}: `{own}` must not name `{path}`"))
        .collect()
}

fn header(source: &Source) -> Vec<String> {
    if source.text.starts_with("//! ") {
        vec![]
    } else {
        vec!["begin the file with `//!`: what it is, and what it is not".to_owned()]
    }
}

fn names(source: &Source) -> Vec<String> {
    let path = source.path.trim_end_matches(".rs");
    let drawer = path.split('/').find(|part| DRAWERS.contains(part));
    drawer
        .map(|name| format!("`{name}` is a drawer: name the module for what it holds"))
        .into_iter()
        .collect()
}

/// A `_` arm beside arms that name variants. Texts and numbers may have one.
fn wildcard_arms(source: &Source) -> Vec<String> {
    if !source.path.starts_with("src/domain/") {
        return vec![];
    }
    let code = code_of(&source.text);
    let lines: Vec<&str> = code.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let names_variant = |line: &str| {
        let pattern = line.split("=>").next().unwrap_or(line);
        let mut words = pattern.split("::");
        let first = words.next().unwrap_or("").trim_start_matches(['|', '(', ' ']);
        first.starts_with(char::is_uppercase) && words.next().is_some()
    };
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        if !line.trim_start().starts_with("_ =>") && !line.trim_start().starts_with("_ if ") {
            continue;
        }
        let siblings = lines[..number]
            .iter()
            .rev()
            .take_while(|before| before.trim().is_empty() || indent(before) >= indent(line))
            .filter(|before| indent(before) == indent(line));
        if siblings.into_iter().any(|before| names_variant(before)) {
            found.push(format!("{}: name the variants instead of `_`", number + 1));
        }
    }
    found
}

fn floats(source: &Source) -> Vec<String> {
    if !source.path.starts_with("src/domain/") {
        return vec![];
    }
    words_in(&code_of(&source.text), &["f32", "f64"], "no floats in the domain")
}

fn banned_words(source: &Source) -> Vec<String> {
    if !source.is_shipped() && !source.path.starts_with("tests/") {
        return vec![];
    }
    let mut found = words_in(
        &code_of(&source.text),
        &["todo!", "unimplemented!", "dbg!", "#[ignore"],
        "what is not built is absent",
    );
    if source.is_shipped() {
        let code = code_of(source.before_tests());
        found.extend(words_in(&code, &[".unwrap()"], "say with `expect` what must hold"));
    }
    found
}

fn the_clock(source: &Source) -> Vec<String> {
    let may = source.path.ends_with("/clock.rs") || source.path.starts_with("tests/");
    if may || !source.is_shipped() {
        return vec![];
    }
    words_in(
        &code_of(&source.text),
        &["Utc::now", "Local::now", "SystemTime::now"],
        "only `clock.rs` reads the clock",
    )
}

fn words_in(code: &str, words: &[&str], why: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for word in words {
        for (at, _) in code.match_indices(word) {
            let before = code[..at].chars().next_back().is_some_and(is_word);
            let after = code[at + word.len()..].chars().next().is_some_and(is_word);
            if !(before && word.starts_with(is_word) || after && word.ends_with(is_word)) {
                found.push(format!("{}: `{word}`: {why}", line_of(code, at)));
            }
        }
    }
    found
}

fn is_function(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "fn");
    at.is_some_and(|at| {
        words[..at].iter().all(|word| {
            word.starts_with("pub") || ["const", "async", "unsafe", "extern"].contains(word)
        })
    })
}

fn function_length(source: &Source) -> Vec<String> {
    let code = code_of(&source.text);
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        if !is_function(line) {
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let close = format!("{indent}}}");
        let Some(begin) = lines[number..].iter().position(|l| l.ends_with(['{', ';'])) else {
            continue;
        };
        // A method of a trait without a body.
        if lines[number + begin].ends_with(';') {
            continue;
        }
        let Some(end) = lines[number..].iter().position(|l| l.trim_end() == close) else {
            continue;
        };
        let length = end.saturating_sub(begin + 1);
        if length > FUNCTION_LINES_MAX {
            found.push(format!("{}: a function of {length} lines", number + 1));
        }
    }
    found
}

fn file_length(source: &Source) -> Vec<String> {
    // Tests grow by cases, not by ideas.
    let own_max = if source.is_shipped() { FILE_LINES_MAX } else { FILE_LINES_WITH_TESTS_MAX };
    let all_max = FILE_LINES_WITH_TESTS_MAX;
    let (own, all) = (source.before_tests().lines().count(), source.text.lines().count());
    if own > own_max || all > all_max {
        let why = "it holds a second idea: find it";
        return vec![format!("{own} lines without tests, {all} in all: {why}")];
    }
    vec![]
}

fn line_length(source: &Source) -> Vec<String> {
    let too_long = |line: &str| line.chars().count() > LINE_CHARS_MAX;
    let lines = source.text.lines().enumerate();
    lines
        .filter(|(_, line)| too_long(line))
        .map(|(number, _)| format!("{}: longer than {LINE_CHARS_MAX}", number + 1))
        .collect()
}

/// `a.rs` beside a folder `a`: the folder's `mod.rs` is its place.
fn folders(paths: &BTreeSet<String>) -> Vec<String> {
    let has_folder = |path: &&String| {
        let folder = format!("{}/", path.trim_end_matches(".rs"));
        paths.iter().any(|other| other.starts_with(&folder))
    };
    let beside = paths.iter().filter(has_folder);
    beside.map(|path| format!("{path}: move it into its folder as `mod.rs`")).collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources_under(folder: &Path, found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() && !path.ends_with("target") {
            sources_under(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).expect("under the root");
            let text = fs::read_to_string(&path).expect("UTF-8 text");
            found.push(Source::new(&name.to_string_lossy(), &text));
        }
    }
}

#[test]
fn the_code_keeps_its_rules() {
    let mut sources = Vec::new();
    for folder in ["src", "plugins", "tests", "benches"] {
        sources_under(&root().join(folder), &mut sources);
    }
    assert!(sources.len() > 10, "the code was not found");
    let mut faults = folders(&sources.iter().map(|source| source.path.clone()).collect());
    for source in &sources {
        for rule in RULES {
            let found = rule(source);
            faults.extend(found.iter().map(|fault| format!("{}:{fault}", source.path)));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn faults(rule: Rule, path: &str, text: &str) -> usize {
    rule(&Source::new(path, text)).len()
}

#[test]
fn an_arrow_that_points_outwards_is_found() {
    let path = "src/domain/money.rs";
    assert_eq!(faults(directions, path, "use crate::store::Store;"), 1);
    assert_eq!(faults(directions, path, "use crate::{domain::id, http::lago};"), 1);
    assert_eq!(faults(directions, path, "use super::super::store::Store;"), 1);
    assert_eq!(faults(directions, path, "let x = crate::wire::lago::x();"), 1);
    assert_eq!(faults(directions, path, "use super::id::InvoiceId;"), 0);
    assert_eq!(faults(directions, path, "// crate::store is not named here"), 0);
    let inline = "#[cfg(test)]\nmod tests {\n    use super::super::id;\n    use super::*;\n}";
    assert_eq!(faults(directions, path, inline), 0);
    assert_eq!(faults(directions, "src/psp/mod.rs", "use crate::app::ports::Psps;"), 0);
    assert_eq!(faults(directions, "src/psp/mod.rs", "use crate::app::App;"), 1);
    assert_eq!(faults(directions, "src/http/mod.rs", "use crate::store::Tx;"), 1);
    assert_eq!(faults(directions, "src/new_layer.rs", ""), 1);
    assert_eq!(faults(directions, "src/startup.rs", "use crate::store::Store;"), 0);
}

#[test]
fn a_file_that_breaks_a_rule_of_looks_is_found() {
    assert_eq!(faults(header, "src/a.rs", "use std::fs;"), 1);
    assert_eq!(faults(header, "src/a.rs", "//! What it is."), 0);
    assert_eq!(faults(names, "src/store/utils.rs", ""), 1);
    assert_eq!(faults(names, "src/http/helpers/mod.rs", ""), 1);
    assert_eq!(faults(line_length, "src/a.rs", &"x".repeat(LINE_CHARS_MAX + 1)), 1);
    assert_eq!(faults(file_length, "src/a.rs", &"x\n".repeat(FILE_LINES_MAX + 1)), 1);
    let tested = format!("{}#[cfg(test)]\nmod tests {{}}\n", "x\n".repeat(FILE_LINES_MAX));
    assert_eq!(faults(file_length, "src/a.rs", &tested), 0);
    assert_eq!(faults(file_length, "src/a.rs", &(tested + &"x\n".repeat(300))), 1);
    let body = "    x();\n".repeat(FUNCTION_LINES_MAX + 1);
    let long = format!("pub async fn long(\n    a: A,\n) -> B {{\n{body}}}\n");
    assert_eq!(faults(function_length, "src/a.rs", &long), 1);
    assert_eq!(faults(function_length, "src/a.rs", "fn short() {\n    x();\n}\n"), 0);
    let beside = ["src/a.rs".to_owned(), "src/a/b.rs".to_owned()];
    assert_eq!(folders(&BTreeSet::from(beside)).len(), 1);
}

#[test]
fn a_banned_word_is_found() {
    let path = "src/domain/a.rs";
    assert_eq!(faults(floats, path, "let rate: f64 = 1.0;"), 1);
    assert_eq!(faults(floats, path, "// f64 would round"), 0);
    assert_eq!(faults(floats, "src/wire/a.rs", "let rate: f64 = 1.0;"), 0);
    assert_eq!(faults(banned_words, path, "x.unwrap();"), 1);
    assert_eq!(faults(banned_words, path, "x.unwrap_or(1); // .unwrap()"), 0);
    assert_eq!(faults(banned_words, path, "#[cfg(test)]\nmod tests { x.unwrap() }"), 0);
    assert_eq!(faults(banned_words, path, concat!("todo", "!()")), 1);
    assert_eq!(faults(banned_words, "tests/it/a.rs", concat!("#[", "ignore]\nfn a() {}")), 1);
    assert_eq!(faults(the_clock, path, "let now = Utc::now();"), 1);
    assert_eq!(faults(the_clock, "src/clock.rs", "Utc::now()"), 0);
    assert_eq!(faults(the_clock, "plugins/stripe/src/lib.rs", "SystemTime::now()"), 1);
}

#[test]
fn a_wildcard_over_our_own_enum_is_found() {
    let ours = "match state {\n    State::Open => 1,\n    _ => 2,\n}";
    assert_eq!(faults(wildcard_arms, "src/domain/a.rs", ours), 1);
    let nested = "match a {\n    State::Open => {\n        b()\n    }\n    _ => 2,\n}";
    assert_eq!(faults(wildcard_arms, "src/domain/a.rs", nested), 1);
    let text = "match text {\n    \"open\" => 1,\n    _ => 2,\n}";
    assert_eq!(faults(wildcard_arms, "src/domain/a.rs", text), 0);
}

#[test]
fn strings_and_comments_are_not_code() {
    assert_eq!(code_of("a(\"x\\\"y\"); // b\nc"), "a(      );     \nc");
    assert_eq!(code_of("r#\"x \" y\"#z"), "          z");
}
