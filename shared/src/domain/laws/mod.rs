//! Laws that hold for all input, tried on many (proptest). Examples and boundaries are beside each rule.

mod edges;
mod families;
mod names;
mod plans;
mod sendings;
mod small;
mod values;
mod windows;
