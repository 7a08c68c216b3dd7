//! What can be wrong with a schema, and with what is written for one.

use crate::Incompatibility;

/// Why there is no schema, or why a document of operations is none. `at` is the schema coordinate of the trouble: `Type`, `Type.field`, `Type.field(argument:)`, `@directive`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// The SDL does not parse.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// The document has an operation or a fragment.
    #[error("`{at}` is no part of a schema: it is an operation or a fragment")]
    Executable {
        /// Its name.
        at: String,
    },
    /// The document extends a definition.
    #[error("`{at}` is extended: write one definition with everything in it")]
    Extension {
        /// What is extended.
        at: String,
    },
    /// Two definitions have the same name.
    #[error("`{at}` is defined twice")]
    Duplicate {
        /// What is defined twice.
        at: String,
    },
    /// A type has nothing in it.
    #[error("`{at}` is empty: it needs at least one field, value or member")]
    Empty {
        /// What is empty.
        at: String,
    },
    /// No type is the root of the queries.
    #[error("the schema has no query root")]
    NoQuery,
    /// A type that is referred to is not defined.
    #[error("`{at}` refers to the type `{name}`, which is not defined")]
    UnknownType {
        /// What refers to it.
        at: String,
        /// The type that is missing.
        name: String,
    },
    /// The argument of `@deprecated` or `@specifiedBy` is missing or of the wrong type.
    #[error("`{at}`: `{argument}` must be given, as a string")]
    Argument {
        /// What the directive is applied to.
        at: String,
        /// The coordinate of the argument.
        argument: &'static str,
    },
    /// The introspected name is no GraphQL name.
    #[error("`{at}`: {name:?} is no GraphQL name")]
    Name {
        /// What has the name.
        at: String,
        /// The name.
        name: String,
    },
    /// The introspected default value is no GraphQL value.
    #[error("`{at}`: its default {value:?} is no GraphQL value")]
    Default {
        /// What has the default.
        at: String,
        /// The default as it was told.
        value: String,
    },
    /// The introspected type has more lists and non-nulls around it than the query asks for.
    #[error(
        "`{at}`: its type has more than {} lists and non-nulls around it, which the query does not ask for",
        crate::query::WRAPPERS
    )]
    Depth {
        /// What has the type.
        at: String,
    },
    /// The answer to the introspection query lacks something, or has something else there.
    #[error("`{at}`: the answer has no `{key}` that is {expected}")]
    Answer {
        /// What the answer describes there.
        at: String,
        /// The key.
        key: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A document of operations has a definition of a schema.
    #[error("`{at}` is no part of a document: it is neither an operation nor a fragment")]
    NotExecutable {
        /// What is defined.
        at: String,
    },
    /// An operation of a document has no name, so that nothing could be told of it.
    #[error("an operation has no name")]
    Unnamed,
    /// A fragment that is spread is not defined.
    #[error("`{at}` spreads the fragment `{name}`, which is not defined")]
    UnknownFragment {
        /// The operation or the fragment that spreads it.
        at: String,
        /// The fragment that is missing.
        name: String,
    },
    /// A fragment spreads itself, if by way of others.
    #[error("the fragment `{at}` spreads itself")]
    FragmentCycle {
        /// The fragment.
        at: String,
    },
    /// A variable is used and not declared, or the other way round: servers refuse both.
    #[error("`{at}`: the variable `${name}` is {trouble}")]
    Variable {
        /// The operation.
        at: String,
        /// The variable.
        name: String,
        /// What is wrong with it.
        trouble: &'static str,
    },
    /// A document does not fit the schema that it was written for.
    #[error("not even our own schema fits: {0}")]
    Misfit(Incompatibility),
}
