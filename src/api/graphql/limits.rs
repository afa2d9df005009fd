//! Counting what a document does: each of its mutations for itself, however many it holds under other names and however
//! deep fragments hold them.

use async_graphql::Variables;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet};

use super::guard::{MAX_NESTING, too_deep};
use crate::api::call::Call;
use crate::api::limits::{Class, account_in, class_of_field};
use crate::error::Result;

/// Counts the mutations that a document will run; the first that is over a limit refuses them all.
pub async fn count(call: &Call, document: &ExecutableDocument, operation: Option<&str>, variables: &serde_json::Value) -> Result<()> {
    let variables = Variables::from_json(variables.clone());
    for (class, account) in mutations(document, operation, &variables)? {
        call.count_mutation(class, account.as_deref()).await?;
    }
    Ok(())
}

fn mutations(document: &ExecutableDocument, operation: Option<&str>, variables: &Variables) -> Result<Vec<(Class, Option<String>)>> {
    let mut told = Vec::new();
    for (name, definition) in document.operations.iter() {
        let runs = operation.is_none() || name.map(|n| n.as_str()) == operation;
        if runs && definition.node.ty == OperationType::Mutation {
            let mut fields = Vec::new();
            collect(document, &definition.node.selection_set.node, MAX_NESTING, &mut fields)?;
            told.extend(fields.into_iter().map(|field| {
                let class = class_of_field(&field.name.node);
                let account = || account_in(&arguments(field, variables, &definition.node));
                (class, (class == Class::Sensitive).then(account).flatten())
            }));
        }
    }
    Ok(told)
}

/// The fields that an operation holds itself or by fragments. What lies too deep to be counted is refused: it would run.
fn collect<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet, depth_left: usize, fields: &mut Vec<&'a Field>) -> Result<()> {
    let left = depth_left.checked_sub(1).ok_or_else(too_deep)?;
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => fields.push(&field.node),
            Selection::InlineFragment(inline) => collect(document, &inline.node.selection_set.node, left, fields)?,
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    collect(document, &fragment.node.selection_set.node, left, fields)?;
                }
            }
        }
    }
    Ok(())
}

/// A field's arguments with the variables' values, or what the operation says they are without one; what is missing is null.
fn arguments(field: &Field, variables: &Variables, operation: &OperationDefinition) -> serde_json::Value {
    let value_of = |name: &async_graphql::Name| {
        let default = || {
            let definition = operation.variable_definitions.iter().find(|definition| definition.node.name.node == *name)?;
            definition.node.default_value.as_ref().map(|value| value.node.clone())
        };
        variables.get(name).cloned().or_else(default).unwrap_or_default()
    };
    let given = field.arguments.iter().map(|(name, value)| {
        let value = value.node.clone().into_const_with(|name| Ok::<_, ()>(value_of(&name)));
        (name.node.to_string(), value.ok().and_then(|v| v.into_json().ok()).unwrap_or_default())
    });
    serde_json::Value::Object(given.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn found(query: &str, operation: Option<&str>) -> Vec<(Class, bool)> {
        let document = async_graphql::parser::parse_query(query).unwrap();
        let variables = Variables::from_json(serde_json::json!({"email": "mina@example.com"}));
        mutations(&document, operation, &variables).unwrap().into_iter().map(|(class, account)| (class, account.is_some())).collect()
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
    #[test]
    fn a_mutation_counts_however_deep_fragments_hold_it() {
        let deep = |times: usize| {
            format!("mutation {{ {} customerLogin(email: \"a@example.com\") {{ x }} {} }}", "... {".repeat(times), "}".repeat(times))
        };
        for times in [0, 1, 15, 16, 17, 60] {
            assert_eq!(found(&deep(times), None), [(Class::Sensitive, true)], "{times}");
        }
        let fragments: String = (0..MAX_NESTING).map(|n| format!("fragment F{n} on Mutation {{ ...F{} }} ", n + 1)).collect();
        let chain = format!("mutation {{ ...F0 }} {fragments} fragment F{MAX_NESTING} on Mutation {{ customerLogin {{ x }} }}");
        let document = async_graphql::parser::parse_query(chain).unwrap();
        assert_eq!(mutations(&document, None, &Variables::default()).unwrap_err().code, Code::QueryTooComplex);
    }

    #[test]
    fn an_account_is_named_by_what_a_variable_is_without_a_value() {
        let query =
            |default: &str| format!("mutation($input: LoginInput = {default}, $x: Int = 1) {{ customerLogin(input: $input) {{ x }} }}");
        let accounts = |query: &str, variables: serde_json::Value| {
            let document = async_graphql::parser::parse_query(query).unwrap();
            mutations(&document, None, &Variables::from_json(variables)).unwrap().remove(0).1
        };
        let named = accounts(&query("{email: \"mina@example.com\"}"), serde_json::json!({}));
        assert!(named.is_some());
        let given = serde_json::json!({"input": {"email": "MINA@example.com"}});
        assert_eq!(accounts(&query("{email: \"jun@example.com\"}"), given), named);
        assert_eq!(accounts(&query("{email: \"jun@example.com\"}"), serde_json::json!({"input": null})), None);
    }
}
