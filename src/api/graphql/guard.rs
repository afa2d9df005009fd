//! What is refused before the library looks at a document: texts that would take its parser or its validation
//! apart.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use crate::error::{Code, Error, Result};

/// The longest query text.
const MAX_QUERY_BYTES: usize = 64 * 1024;
/// How deep brackets may nest in a query's text: the parser makes a call for each, on a stack that ends, before any
/// limit of the schema is looked at.
pub(super) const MAX_NESTING: usize = 64;
/// How many selections a document may come to once its fragments are spread: a few fragments that spread each other
/// twice come to billions, and the library walks them all before it counts their cost.
const MAX_SELECTIONS: usize = 20_000;

/// Refuses a text that is too long or nests too deep.
pub fn refuse_text(query: &str) -> Result<()> {
    if query.len() > MAX_QUERY_BYTES {
        return Err(Error::new(Code::QueryTooComplex, format!("A query may have {MAX_QUERY_BYTES} bytes at most.")));
    }
    match nesting(query) {
        None => Err(Error::malformed("A string in the query does not end.")),
        Some(depth) if depth > MAX_NESTING => Err(too_deep()),
        Some(_) => Ok(()),
    }
}

/// What is refused that nests too deep, by its brackets or by fragments that spread each other.
pub(super) fn too_deep() -> Error {
    Error::new(Code::QueryTooComplex, format!("The query is too deep: its brackets may nest {MAX_NESTING} deep."))
}

/// Refuses a document that comes to too much.
pub fn refuse_size(document: &ExecutableDocument) -> Result<()> {
    if selections(document) > MAX_SELECTIONS {
        return Err(Error::new(Code::QueryTooComplex, "The query is too complex: its fragments come to too many fields."));
    }
    Ok(())
}

/// How deep brackets nest outside of strings and comments; none if a string does not end.
fn nesting(query: &str) -> Option<usize> {
    let (mut depth, mut deepest) = (0usize, 0usize);
    let mut rest = query;
    while let Some(at) = rest.find(['{', '[', '(', '}', ']', ')', '"', '#']) {
        let (found, after) = rest.get(at..)?.split_at_checked(1)?;
        rest = after;
        match found {
            "{" | "[" | "(" => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            "#" => rest = after.find(['\n', '\r']).and_then(|end| after.get(end..)).unwrap_or_default(),
            "\"" => {
                rest = match after.strip_prefix("\"\"") {
                    Some(block) => past(block, "\"\"\"")?,
                    None => past(after, "\"")?,
                }
            }
            _ => depth = depth.saturating_sub(1),
        }
    }
    Some(deepest)
}

/// What follows the end of a string.
fn past<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    let mut rest = text;
    loop {
        let at = rest.find(['\\', '"'])?;
        let here = rest.get(at..)?;
        if let Some(after) = here.strip_prefix(end) {
            return Some(after);
        }
        // In a block string a backslash escapes three quotes only; in another one whatever follows.
        let skip = match here.strip_prefix('\\') {
            Some(after) if end.len() == 1 => 1 + after.chars().next()?.len_utf8(),
            Some(after) if after.starts_with(end) => 1 + end.len(),
            _ => 1,
        };
        rest = here.get(skip..)?;
    }
}

/// How many selections a document comes to with its fragments spread, or more than are allowed.
fn selections(document: &ExecutableDocument) -> usize {
    let mut known = HashMap::new();
    let sets = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    sets.fold(0usize, |sum, set| sum.saturating_add(count(document, set, &mut known, MAX_NESTING)))
}

fn count<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet, known: &mut HashMap<&'a str, usize>, depth_left: usize) -> usize {
    if set.items.is_empty() {
        return 0;
    }
    // Fragments that spread each other in a row go deeper than brackets may nest: this, too, is a call for each.
    let Some(left) = depth_left.checked_sub(1) else { return MAX_SELECTIONS + 1 };
    set.items.iter().fold(0usize, |sum, item| {
        let below = match &item.node {
            Selection::Field(field) => count(document, &field.node.selection_set.node, known, left),
            Selection::InlineFragment(fragment) => count(document, &fragment.node.selection_set.node, known, left),
            Selection::FragmentSpread(spread) => {
                let name = spread.node.fragment_name.node.as_str();
                match (known.get(name), document.fragments.get(name)) {
                    (Some(size), _) => *size,
                    (None, None) => 0,
                    (None, Some(fragment)) => {
                        // Whoever comes here again before this is known spreads itself.
                        known.insert(name, MAX_SELECTIONS + 1);
                        let size = count(document, &fragment.node.selection_set.node, known, left);
                        known.insert(name, size);
                        size
                    }
                }
            }
        };
        sum.saturating_add(1).saturating_add(below)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(query: &str) -> usize {
        selections(&async_graphql::parser::parse_query(query).unwrap())
    }

    #[test]
    fn counts_selections_with_fragments_spread() {
        assert_eq!(size("{ a { b c } ...F } fragment F on Query { d e }"), 6);
        assert_eq!(size("{ ...F ...F } fragment F on Query { ... on Query { a } }"), 6);
        assert!(size("{ ...F } fragment F on Query { a { ...F } }") > MAX_SELECTIONS, "it spreads itself");
        let chain: String =
            (0..300).map(|n| format!("fragment F{n} on Query {{ {} ...F{} {} }} ", "a {".repeat(60), n + 1, "}".repeat(60))).collect();
        assert!(size(&format!("{{ ...F0 }} {chain} fragment F300 on Query {{ a }}")) > MAX_SELECTIONS, "it goes too deep");
        let doubling: String = (0..40).map(|n| format!("fragment F{n} on Query {{ ...F{0} ...F{0} }} ", n + 1)).collect();
        assert!(size(&format!("{{ ...F0 }} {doubling} fragment F40 on Query {{ a }}")) > MAX_SELECTIONS);
    }

    #[test]
    fn counts_brackets_outside_of_strings_and_comments() {
        for (query, depth) in [
            ("{ a(b: [{c: 1}]) { d } }", 4),
            ("{ a(b: \"[[[ \\\" [[\") } # [[[[[[", 2),
            ("{ a(b: \"\"\"[[ \\\"\"\" \" [[\"\"\") # [[[[\n { { b } } }", 3),
            ("{ a(b: \"\" c: \"]]]]\" d: [[1]]) }", 4),
            ("}}}} {", 1),
        ] {
            assert_eq!(nesting(query), Some(depth), "{query}");
        }
        assert_eq!(nesting(&"[".repeat(1_000)), Some(1_000));
        assert_eq!(nesting("{ a(b: \"\"\" [[[ \\\"\"\") }"), None);
    }
}
