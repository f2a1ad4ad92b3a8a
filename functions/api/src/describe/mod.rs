//! The API's description (OpenAPI 3.1), made from the table of routes and the types of their handlers.
//!
//! `openapi.json` beside this folder is what is served: text in the program, so that nothing is made when a function starts, and
//! none of this is linked into it. A test makes the document anew and compares; `UPDATE=1 cargo test --workspace document`
//! writes the file.
//!
//! # To describe a new route
//!
//! Most of it follows from the handler's signature. What it takes derives [`serde::Deserialize`], what it answers
//! [`serde::Serialize`], and both [`schemars::JsonSchema`]; comments on types and fields become descriptions.
//!
//! | in the signature | in the document |
//! | --- | --- |
//! | [`JsonBody<T>`](crate::request::JsonBody) | the body, and 413, 415 and 422 |
//! | [`PathId<T>`](crate::request::PathId), [`PathPair`](crate::request::PathPair), … | the path's parameters, and 404 |
//! | [`Parameters<Q>`](crate::request::Parameters) | the query; `Q` implements [`Query`], one line for each parameter |
//! | `Json<T>`, [`Created<T>`](crate::answer::Created), [`NoContent`](crate::answer::NoContent), … | the answer by its status |
//!
//! Problems that do not follow from it are said in the table: `READ.post(…).or(&[Kind::Conflict])`. A handler that takes or
//! answers anything else does not compile until that type implements [`Takes`] or [`Answers`]. Then write the file anew.

mod answers;
mod document;
mod operation;
mod query;
mod schemas;
mod takes;
mod webhooks;
mod written;

use std::future::Future;

pub use document::document;
pub use operation::Operation;
pub use query::{CURSOR, FROM, LIMIT, PHONE, Parameter, Query, UNTIL, USER_ID, by, formed, number, text, words};
pub use written::written;

/// What is taken from a request.
pub trait Takes {
    fn takes(operation: &mut Operation<'_>);
}

/// What is answered.
pub trait Answers {
    fn answers(operation: &mut Operation<'_>);
}

/// A handler, by what it takes (`I`) and answers.
pub trait Handles<I> {
    fn describe(operation: &mut Operation<'_>);
}

macro_rules! handles {
    ($($input:ident)*) => {
        impl<H, F, $($input,)*> Handles<($($input,)*)> for H
        where
            H: Fn($($input),*) -> F,
            F: Future<Output: Answers>,
            $($input: Takes,)*
        {
            fn describe(operation: &mut Operation<'_>) {
                $($input::takes(operation);)*
                F::Output::answers(operation);
            }
        }
    };
}

handles!(A);
handles!(A B);
handles!(A B C);
handles!(A B C D);
handles!(A B C D E);
handles!(A B C D E G);
handles!(A B C D E G I);
