//! GraphQL queries of what anybody may see, and nothing else: they are answered through the fast lane. They run
//! without a caller in reach, so a private field could not answer even if it got here.

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet};

/// The root fields of the Store surface that depend on channel and language alone.
const PUBLIC: [&str; 8] = ["__typename", "channel", "products", "product", "categories", "category", "collections", "collection"];
/// How deep fragments of the root may nest.
const DEEPEST: usize = 16;

/// Whether the operation that a document runs asks for public fields only.
pub fn is_public(document: &ExecutableDocument, operation: Option<&str>) -> bool {
    let is_query = chosen(document, operation).is_some_and(|run| run.ty == OperationType::Query);
    is_query && asks_only(document, operation, |name| PUBLIC.contains(&name))
}

/// Whether the operation that a document runs asks for root fields of these names only.
pub fn asks_only(document: &ExecutableDocument, operation: Option<&str>, of: impl Fn(&str) -> bool) -> bool {
    chosen(document, operation).is_some_and(|run| all(document, &run.selection_set.node, DEEPEST, &of))
}

fn chosen<'a>(document: &'a ExecutableDocument, operation: Option<&str>) -> Option<&'a OperationDefinition> {
    match (&document.operations, operation) {
        (DocumentOperations::Single(only), None) => Some(&only.node),
        (DocumentOperations::Multiple(named), Some(name)) => named.get(name).map(|o| &o.node),
        (DocumentOperations::Multiple(named), None) if named.len() == 1 => named.values().next().map(|o| &o.node),
        _ => None,
    }
}

fn all(document: &ExecutableDocument, set: &SelectionSet, depth: usize, of: &impl Fn(&str) -> bool) -> bool {
    let Some(below) = depth.checked_sub(1) else { return false };
    set.items.iter().all(|item| match &item.node {
        Selection::Field(field) => of(&field.node.name.node),
        Selection::InlineFragment(fragment) => all(document, &fragment.node.selection_set.node, below, of),
        Selection::FragmentSpread(spread) => document
            .fragments
            .get(&spread.node.fragment_name.node)
            .is_some_and(|fragment| all(document, &fragment.node.selection_set.node, below, of)),
    })
}

/// What a request means, however it is written: its text without what the language ignores, and its variables in
/// one order. None for a text that is no GraphQL.
pub fn meaning(query: &str, operation: Option<&str>, variables: &serde_json::Value) -> Option<String> {
    let query = graphql_minify::minify(query).ok()?;
    Some(format!("graphql {} {variables} {query}", operation.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(query: &str, operation: Option<&str>) -> bool {
        is_public(&async_graphql::parser::parse_query(query).unwrap(), operation)
    }

    #[test]
    fn only_what_anybody_may_see_is_public() {
        assert!(public("{ products { nodes { title } } channel { code } }", None));
        assert!(public("query A { a: product(slug: \"x\") { id } } query B { cart(id: \"c\") { id } }", Some("A")));
        assert!(public("query { ...F } fragment F on Query { categories { name } ... on Query { channel { code } } }", None));
        assert!(!public("query A { product(slug: \"x\") { id } } query B { cart(id: \"c\") { id } }", Some("B")));
        assert!(!public("{ products { nodes { title } } cart(id: \"c\") { id } }", None));
        assert!(!public("{ channel: cart(id: \"c\") { id } }", None), "an alias is not a name");
        assert!(!public("query { ...F } fragment F on Query { order(number: \"1\") { id } }", None));
        assert!(!public("mutation { cartCreate(input: {}) { cart { id } } }", None));
        assert!(!public("query { ...F } fragment F on Query { ...F }", None));
    }

    #[test]
    fn blanks_and_the_order_of_variables_mean_nothing() {
        let a = meaning(
            "query Q($a: Int, $b: Int) {\n  products(first: $a) { nodes { id } } # all\n}",
            None,
            &serde_json::json!({"a": 1, "b": 2}),
        );
        let b = meaning("query Q($a:Int $b:Int){products(first:$a){nodes{id}}}", None, &serde_json::json!({"b": 2, "a": 1}));
        assert!(a.is_some());
        assert_eq!(a, b);
        let spaced = |text: &str| meaning(&format!("{{ product(slug: \"{text}\") {{ id }} }}"), None, &serde_json::Value::Null);
        assert_ne!(spaced("a  b"), spaced("a b"), "blanks inside a string do mean something");
    }
}
