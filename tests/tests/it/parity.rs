//! Nobody forgets an operation: what the surface lists is in the schema, the authorization table, the kept documents and the docs.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use admin_core::{
    Confirm, Effect, Input, Issuing, Operation, OperationInfo, Plain, Visitor, operations, visit_operations,
};
use admin_server::app::authorization::{Needs, PatScope, RULES};

#[test]
fn the_surface_and_the_authorization_table_name_the_same_fields() {
    let surface: BTreeSet<String> = operations().iter().map(OperationInfo::field).collect();
    let rules: BTreeSet<String> = RULES.iter().map(|rule| rule.field.to_owned()).collect();
    assert_eq!(surface, rules, "surface.rs of admin-core, and RULES in app/authorization.rs of admin-server");
}

#[test]
fn the_scope_that_the_surface_names_is_one_that_the_server_takes() {
    for info in operations() {
        let rule = RULES.iter().find(|rule| rule.field == info.field()).unwrap();
        let enough: Vec<&str> = rule.scope.enough().into_iter().map(PatScope::as_str).collect();
        match info.scope {
            Some(scope) => assert!(enough.contains(&scope), "{}: {scope} is none of {enough:?}", info.field()),
            None => assert!(matches!(rule.scope, Needs::Any | Needs::Nothing), "{}", info.field()),
        }
        let writes = matches!(rule.scope, Needs::Write(_) | Needs::Nothing);
        assert_eq!(writes, info.effect != Effect::Read, "{}", info.field());
    }
}

#[test]
fn what_goes_out_without_a_token_is_what_the_server_takes_without_one() {
    for info in operations() {
        let rule = RULES.iter().find(|rule| rule.field == info.field()).unwrap();
        assert_eq!(info.is_public(), rule.scope == Needs::Nothing, "{}", info.field());
    }
}

#[test]
fn the_readme_has_a_line_for_each_operation() {
    let readme = include_str!("../../../README.md");
    for info in operations() {
        let [namespace, method] = info.command();
        let line = format!("| `{}` | `aisetu {namespace} {method}", info.field());
        let told = readme.lines().any(|told| told.strip_prefix(&line).is_some_and(|rest| rest.starts_with([' ', '`'])));
        assert!(told, "README.md has no line that starts with: {line}");
    }
}

/// An operation as the table shows it.
struct Entry {
    info: OperationInfo,
    /// It takes a secret, so it is no tool.
    confidential: bool,
}

fn entries() -> Vec<Entry> {
    struct Entries(Vec<Entry>);

    impl Entries {
        fn add<O: Operation>(&mut self, confidential: bool) {
            self.0.push(Entry { info: O::INFO, confidential });
        }
    }

    impl Visitor for Entries {
        fn visit<O: Plain>(&mut self) {
            self.add::<O>(false);
        }

        fn visit_issuing<O: Issuing + Input>(&mut self) {
            self.add::<O>(false);
        }

        fn visit_confidential<O: Operation>(&mut self) {
            self.add::<O>(true);
        }
    }

    let mut entries = Entries(Vec::new());
    visit_operations(&mut entries);
    entries.0
}

/// The table of operations as `llms.txt` has it.
fn table() -> String {
    let mut table =
        "| operation | what it does | tool | command | Rust | scope | asks first |\n|---|---|---|---|---|---|---|\n"
            .to_owned();
    for Entry { info, confidential } in entries() {
        let OperationInfo { namespace, method, summary, tool, scope, confirm, .. } = info;
        let tool = if confidential { "none".to_owned() } else { format!("`{tool}`") };
        let [group, verb] = info.command();
        let asks = match confirm {
            Confirm::None => "",
            Confirm::Moderate => "yes or no",
            Confirm::Severe => "the name",
            Confirm::Money => "the sum",
        };
        let field = info.field();
        let any = if info.is_public() { "no token" } else { "any" };
        let scope = scope.map_or_else(|| any.to_owned(), |scope| format!("`{scope}`"));
        writeln!(
            table,
            "| `{field}` | {summary} | {tool} | `aisetu {group} {verb}` | `{namespace}().{method}` | {scope} | {asks} |"
        )
        .unwrap();
    }
    table
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test is told by its environment to write what it would miss")]
fn the_page_for_agents_has_the_table_of_operations() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../llms.txt");
    let page = std::fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once("<!-- operations -->\n").unwrap();
    let (kept, after) = rest.split_once("<!-- /operations -->\n").unwrap();
    if std::env::var("UPDATE_DOCS").is_ok() {
        let page = format!("{before}<!-- operations -->\n{}<!-- /operations -->\n{after}", table());
        std::fs::write(path, page).unwrap();
        return;
    }
    assert!(
        kept == table(),
        "the table of llms.txt is not that of the surface. Run\n\n    \
         UPDATE_DOCS=1 cargo test -p aisetu-tests --test it parity\n\nand commit the file"
    );
}

#[test]
fn the_kept_documents_have_one_for_each_operation() {
    let documents = include_str!("../../../schema/operations.graphql");
    for info in operations() {
        let field = info.field();
        let told = documents.split(|c: char| !c.is_alphanumeric()).any(|word| word == field);
        assert!(
            told,
            "schema/operations.graphql lacks {field}: run UPDATE_OPERATIONS=1 cargo test -p admin-core --test documents"
        );
    }
}

#[test]
fn the_expression_for_secret_scanners_is_the_one_in_the_docs() {
    assert!(include_str!("../../../SECURITY.md").contains(admin_token::SCANNER_REGEX));
}
