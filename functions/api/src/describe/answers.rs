//! What each kind of answer says.

use axum::Json;
use schemars::JsonSchema;

use super::{Answers, Operation};
use crate::{
    answer::{Accepted, Created, Download, Either, Html, NoContent, Pem, Stored, Svg, Tagged},
    problem::Problem,
    routes::sheet::{Sheet, Told},
};

impl<A: Answers> Answers for Result<A, Problem> {
    fn answers(operation: &mut Operation<'_>) {
        A::answers(operation);
    }
}

impl<T: JsonSchema> Answers for Json<T> {
    fn answers(operation: &mut Operation<'_>) {
        operation.answer::<T>(200);
    }
}

impl<T: JsonSchema> Answers for Created<T> {
    fn answers(operation: &mut Operation<'_>) {
        operation.answer::<T>(201);
        operation.with_header(201, "Location", "Where it lies.");
    }
}

impl<T: JsonSchema> Answers for Accepted<T> {
    fn answers(operation: &mut Operation<'_>) {
        operation.answer::<T>(202);
        operation.with_header(202, "Location", "Where to look, if there is such a place.");
    }
}

impl Answers for NoContent {
    fn answers(operation: &mut Operation<'_>) {
        operation.answer_nothing(204);
    }
}

impl<T: JsonSchema> Answers for Tagged<T> {
    fn answers(operation: &mut Operation<'_>) {
        operation.answer::<T>(200);
        operation.with_header(200, "ETag", "Its revision, for If-Match.");
    }
}

impl<A: Answers, B: Answers> Answers for Either<A, B> {
    fn answers(operation: &mut Operation<'_>) {
        A::answers(operation);
        B::answers(operation);
    }
}

impl<T: JsonSchema> Answers for Stored<T> {
    fn answers(operation: &mut Operation<'_>) {
        operation.answer::<T>(200);
        operation.answer::<T>(201);
    }
}

impl Answers for Pem {
    fn answers(operation: &mut Operation<'_>) {
        operation.answer_text(200, &["application/x-pem-file"]);
    }
}

impl Answers for Told {
    fn answers(operation: &mut Operation<'_>) {
        operation.answer::<Sheet>(200);
        operation.or_text(200, "text/csv");
        operation.with_header(200, "Transom-Provisional-Days", "As CSV: days that are not over.");
        operation.with_header(200, "Transom-Missing-Days", "As CSV: days of which nothing is known yet.");
    }
}

impl Answers for Svg {
    fn answers(operation: &mut Operation<'_>) {
        operation.answer_text(200, &["image/svg+xml"]);
    }
}

impl Answers for Html {
    fn answers(operation: &mut Operation<'_>) {
        operation.answer_text(200, &["text/html"]);
    }
}

impl Answers for Download {
    fn answers(operation: &mut Operation<'_>) {
        operation.answer_text(200, &Download::KINDS);
        operation.with_header(200, "Content-Disposition", "The file's name.");
    }
}
