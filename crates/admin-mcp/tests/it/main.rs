//! The program `aisetu-mcp`, spoken to line by line, against the real control plane.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod canaries;
#[cfg(test)]
mod confirm;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod guide;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod http;
#[cfg(test)]
mod injection;
#[cfg(test)]
mod login;
#[cfg(test)]
mod official;
#[cfg(test)]
mod packaging;
#[cfg(test)]
mod process;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod story;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod tools;
