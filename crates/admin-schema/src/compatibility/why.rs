//! What is told of an operation that would fail.

use std::fmt;

use crate::EntryKind;

/// An operation that a server would refuse, or answer as the client does not expect.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Incompatibility {
    /// The operation's name.
    pub operation: String,
    /// The coordinate of what is in its way: `Type`, `Type.field`, `Type.field(argument:)`, `Enum.VALUE`, `schema.mutation`, `@directive`. Types have
    /// the names that the client knows.
    pub at: String,
    /// What is wrong there.
    pub why: Why,
}

impl fmt::Display for Incompatibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: `{}`: {}", self.operation, self.at, self.why)
    }
}

/// Why an operation would fail. `ours` is what the client knows or sends, `theirs` what the server has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Why {
    /// The server has no such root of operations.
    RootMissing,
    /// The server has no such field.
    FieldMissing,
    /// The field has no such argument.
    ArgumentMissing,
    /// The input type has no such field, which the client may send.
    InputFieldMissing,
    /// The server has no such input type, which a variable is of.
    TypeMissing,
    /// The enum has no such value, which the client may send.
    EnumValueMissing,
    /// A fragment is about a type that this one can never be.
    MemberMissing {
        /// The type that the fragment is about.
        member: String,
    },
    /// The server has no such directive.
    DirectiveMissing,
    /// An argument or an input field is required, and the client does not send it.
    Required,
    /// It is of another named type, or a list of another depth.
    TypeDiffers {
        /// As the client knows it.
        ours: String,
        /// As the server has it.
        theirs: String,
    },
    /// The type has its name and is of another kind.
    KindDiffers {
        /// As the client knows it.
        ours: EntryKind,
        /// As the server has it.
        theirs: EntryKind,
    },
    /// The client asks for no fields of it, and it has some.
    NeedsFields,
    /// The client asks for fields of it, and it has none.
    NoFields,
    /// The server may answer with null where the client never expects it.
    MayBeNull {
        /// As the client knows it.
        ours: String,
        /// As the server has it.
        theirs: String,
    },
    /// The server wants a value where the client may send null or leave it out.
    NullRefused {
        /// As the client knows it.
        ours: String,
        /// As the server has it.
        theirs: String,
    },
    /// The input type takes exactly one field, and the client may send several or none.
    OneOf,
    /// The value that stands in the document is none of its type.
    ValueRefused {
        /// As the server has it.
        theirs: String,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RootMissing => f.write_str("the root is missing"),
            Self::FieldMissing => f.write_str("the field is missing"),
            Self::ArgumentMissing => f.write_str("the argument is missing"),
            Self::InputFieldMissing => f.write_str("the input field is missing"),
            Self::TypeMissing => f.write_str("the input type is missing"),
            Self::EnumValueMissing => f.write_str("the value is missing"),
            Self::MemberMissing { member } => write!(f, "it can never be `{member}`"),
            Self::DirectiveMissing => f.write_str("the directive is missing"),
            Self::Required => f.write_str("it is required, and this client does not send it"),
            Self::TypeDiffers { ours, theirs } => write!(f, "it is `{theirs}`, and this client knows it as `{ours}`"),
            Self::KindDiffers { ours, theirs } => {
                write!(f, "it is of the kind `{theirs}`, and this client knows it as `{ours}`")
            }
            Self::NeedsFields => f.write_str("it has fields, and this client asks for none of them"),
            Self::NoFields => f.write_str("it has no fields, and this client asks for some"),
            Self::MayBeNull { ours, theirs } => {
                write!(f, "it is `{theirs}` and may be null, which this client does not expect of `{ours}`")
            }
            Self::NullRefused { ours, theirs } => {
                write!(f, "it is `{theirs}`, and this client may send null or leave it out, as in `{ours}`")
            }
            Self::OneOf => f.write_str("it takes exactly one field, and this client may send several or none"),
            Self::ValueRefused { theirs } => write!(f, "it is `{theirs}`, and what this client sends is not"),
        }
    }
}
