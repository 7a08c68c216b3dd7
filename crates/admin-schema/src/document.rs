//! What a document of operations is about, as far as it can be told without a schema.

use apollo_parser::Parser;
use apollo_parser::cst::{CstNode, Definition, OperationDefinition, Selection};

use crate::SchemaError;
use crate::sdl::{RECURSION_LIMIT, syntax};

/// An operation of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentOperation {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Whether it changes something.
    pub is_mutation: bool,
    /// The fields that it asks for at its root, by their own names and not by aliases. What stands in fragments is not among them.
    pub root_fields: Vec<String>,
    /// The names of its variables, without the `$`.
    pub variables: Vec<String>,
    /// Whether fragments stand at its root, so that there may be more fields than are known.
    pub has_root_fragments: bool,
}

/// The operations of a document.
///
/// # Errors
/// [`SchemaError::Syntax`] says where the text is no GraphQL.
pub fn operations(document: &str) -> Result<Vec<DocumentOperation>, SchemaError> {
    let tree = Parser::new(document).recursion_limit(RECURSION_LIMIT).parse();
    if let Some(error) = tree.errors().next() {
        return Err(syntax(document, error.index(), error.message().to_owned()));
    }
    let operations = tree.document().definitions().filter_map(|definition| match definition {
        Definition::OperationDefinition(operation) => Some(operation),
        _ => None,
    });
    Ok(operations.map(|operation| outline(&operation)).collect())
}

fn outline(operation: &OperationDefinition) -> DocumentOperation {
    let kind = operation.operation_type().map(|kind| kind.syntax().text().to_string());
    let selections: Vec<Selection> =
        operation.selection_set().into_iter().flat_map(|selection| selection.selections()).collect();
    let field = |selection: &Selection| match selection {
        Selection::Field(field) => field.name().map(|name| name.text().to_string()),
        _ => None,
    };
    let variables = operation.variable_definitions().into_iter().flat_map(|all| all.variable_definitions());
    DocumentOperation {
        name: operation.name().map(|name| name.text().to_string()),
        is_mutation: kind.is_some_and(|kind| kind.trim() == "mutation"),
        root_fields: selections.iter().filter_map(field).collect(),
        variables: variables.filter_map(|one| Some(one.variable()?.name()?.text().to_string())).collect(),
        has_root_fragments: selections.iter().any(|selection| !matches!(selection, Selection::Field(_))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_told_by_kind_name_and_root_fields() {
        let document = "query List($cursor: String, $n: Int = 3) { a: workspacesList(input: { cursor: $cursor }) { items { id } } tenant }
            mutation { apiKeysRevoke(id: \"x\") { id } ...F }
            fragment F on Mutation { workspacesDelete(id: \"x\") { id } }";
        let found = operations(document).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].name.as_deref(), found[0].is_mutation), (Some("List"), false));
        assert_eq!(found[0].root_fields, ["workspacesList", "tenant"]);
        assert_eq!(found[0].variables, ["cursor", "n"]);
        assert_eq!((found[1].name.as_deref(), found[1].is_mutation, found[1].has_root_fragments), (None, true, true));
        assert_eq!(operations("{ a }").unwrap()[0].root_fields, ["a"]);
    }

    #[test]
    fn what_is_no_graphql_is_told_with_its_place() {
        assert!(matches!(operations("query {\n  a(").unwrap_err(), SchemaError::Syntax { .. }));
        assert!(operations("").is_err() && operations("fragment F on Query { a }").unwrap().is_empty());
        assert!(operations(&"{a".repeat(5_000)).is_err(), "it ends, and does not overflow");
    }
}
