//! The program before a real control plane, and what its sandbox does with programs that mean no good.

#[cfg(test)]
mod api;
#[cfg(test)]
mod axios;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod support;
