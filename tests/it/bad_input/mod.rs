//! Input that is broken, absurd or hostile: what a provider signed is kept, whatever it is; what a client sent is refused
//! with the field that is wrong.

mod requests;
mod signed;
