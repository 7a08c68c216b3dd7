//! The SDK against the real control plane, and against servers that do what no real one does.

#[cfg(test)]
mod calls;
#[cfg(test)]
mod config;
#[cfg(test)]
mod control_plane;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod profiles;
#[cfg(test)]
mod story;
#[cfg(test)]
mod support;
#[cfg(test)]
mod verify_layer;
