//! The schema's types as cynic sees them, generated from `schema/schema-public.gql`.

#[expect(missing_debug_implementations, unreachable_pub, reason = "cynic writes it, not we")]
#[cynic::schema("aisetu")]
mod generated {}

pub(crate) use generated::*;
