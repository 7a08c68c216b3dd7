#![doc = include_str!("../README.md")]

mod atomic;
mod sink;

pub use sink::{DeliveryError, Place, Probed, Receipt, Sink, SinkError, Warning};
