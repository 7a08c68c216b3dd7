//! The program `aisetu-server`, as its operator meets it.

mod crash;
mod disk;
mod logs;
mod process;
mod shutdown;
mod start;
