//! Counting what a document does: each of its mutations for itself, however many it holds under other names.

use async_graphql::Variables;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationType, Selection, SelectionSet};

use crate::api::call::Call;
use crate::api::limits::{Class, account_in, class_of_field};
use crate::error::Result;

/// How deep fragments of a mutation's own fields may spread each other; a document with circles is refused later.
const DEPTH: usize = 16;

/// Counts the mutations that a document will run; the first that is over a limit refuses them all.
pub async fn count(call: &Call, document: &ExecutableDocument, operation: Option<&str>, variables: &serde_json::Value) -> Result<()> {
    let variables = Variables::from_json(variables.clone());
    for (class, account) in mutations(document, operation, &variables) {
        call.count_mutation(class, account.as_deref()).await?;
    }
    Ok(())
}

fn mutations(document: &ExecutableDocument, operation: Option<&str>, variables: &Variables) -> Vec<(Class, Option<String>)> {
    let mut fields = Vec::new();
    for (name, definition) in document.operations.iter() {
        let runs = operation.is_none() || name.map(|n| n.as_str()) == operation;
        if runs && definition.node.ty == OperationType::Mutation {
            collect(document, &definition.node.selection_set.node, DEPTH, &mut fields);
        }
    }
    let told = |field: &&Field| {
        let class = class_of_field(&field.name.node);
        (class, (class == Class::Sensitive).then(|| account_in(&arguments(field, variables))).flatten())
    };
    fields.iter().map(told).collect()
}

fn collect<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet, depth: usize, fields: &mut Vec<&'a Field>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => fields.push(&field.node),
            Selection::InlineFragment(inline) => collect(document, &inline.node.selection_set.node, depth, fields),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    collect(document, &fragment.node.selection_set.node, depth, fields);
                }
            }
        }
    }
}

/// A field's arguments with the variables' values; what is missing is null.
fn arguments(field: &Field, variables: &Variables) -> serde_json::Value {
    let given = field.arguments.iter().map(|(name, value)| {
        let value = value.node.clone().into_const_with(|name| Ok::<_, ()>(variables.get(&name).cloned().unwrap_or_default()));
        (name.node.to_string(), value.ok().and_then(|v| v.into_json().ok()).unwrap_or_default())
    });
    serde_json::Value::Object(given.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str, operation: Option<&str>) -> Vec<(Class, bool)> {
        let document = async_graphql::parser::parse_query(query).unwrap();
        let variables = Variables::from_json(serde_json::json!({"email": "mina@example.com"}));
        mutations(&document, operation, &variables).into_iter().map(|(class, account)| (class, account.is_some())).collect()
    }

    #[test]
    fn each_mutation_counts_whatever_it_is_called_here() {
        let tried = "mutation($email: String!) {
            a: customerLogin(input: {email: $email, password: \"1\"}) { x }
            b: customerLogin(input: {email: \"b@example.com\", password: \"2\"}) { x }
            ...More ... { cartCheckout(id: 1) { x } }
        } fragment More on Mutation { cartCreate { x } c: customerPasswordReset(token: \"t\") { x } }";
        let expected = [
            (Class::Sensitive, true),
            (Class::Sensitive, true),
            (Class::Write, false),
            (Class::Sensitive, false),
            (Class::Checkout, false),
        ];
        assert_eq!(found(tried, None), expected);
        assert_eq!(found("{ products { id } }", None), []);
        assert_eq!(found("query A { x } mutation B { cartCreate { x } }", Some("A")), []);
    }
}
