//! What admin-local does to a file system.

#[cfg(test)]
mod sink;
