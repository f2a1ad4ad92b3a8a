//! Conditions: expressions (CEL) over the facts, read once and kept.
//!
//! # Why one ends in time
//!
//! The interpreter counts nothing while it runs, so an expression is measured before it is ever run (`bounds.rs`), and refused if
//! it might take more than [`MOST_STEPS`] steps. A step is a node that is looked at, or 256 bytes that are handled. That can be
//! known beforehand, since
//!
//! - every value has a known kind and a known largest size: a text 4096 characters, a list 50 entries, a field 200 characters
//!   (`variables.rs` cuts what is longer);
//! - there are no regular expressions, no functions but a few that read their arguments once, and no way to define any;
//! - the only loops are those over a list (`all`, `exists`, `exists_one`, `map`, `filter`), none within another;
//! - an expression has at most [`LONGEST`] characters, so few brackets within brackets that its reader and runner do not go
//!   deep, and every `+` counts what it copies.
//!
//! So the worst that can be stored takes about a millisecond. Kinds are checked on the way: what is stored is true or false
//! for all facts, but where a field is missing, a number too large or divided by zero, which counts as not true.

mod bounds;
mod samples;

use std::sync::{Arc, LazyLock};

use cel::{Context, Env, Program, Value};

use super::variables::Looked;
pub use bounds::MOST_STEPS;

/// The longest expression, in characters.
pub const LONGEST: usize = 1000;

/// Brackets within brackets, and choices (`?`), that an expression may have.
const DEEPEST: usize = 16;
/// Signs in a row, such as `!!!`.
const MOST_SIGNS: usize = 16;

/// The functions of CEL, made once.
static FUNCTIONS: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// Why an expression is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadCondition(pub(super) String);

/// An expression that was read and measured.
#[derive(Debug)]
pub struct Condition {
    program: Program,
    steps: u64,
    names: Vec<&'static str>,
}

/// What came of looking at a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    /// It could not be computed, such as of a field that is missing.
    Unknown,
}

impl Condition {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong with it, in one line for people.
    pub fn parse(expression: &str) -> Result<Self, BadCondition> {
        check_signs(expression)?;
        let program = Program::compile(expression).map_err(|error| {
            let words = error.to_string();
            BadCondition(format!("cannot be read as CEL: {}", words.lines().next().unwrap_or_default()))
        })?;
        let (steps, names) = bounds::measure(program.expression())?;
        Ok(Self { program, steps, names })
    }

    /// The most steps that it takes.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The variables that it names.
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    pub(super) fn holds(&self, looked: &Looking<'_>) -> Truth {
        match self.program.execute(&looked.0) {
            Ok(Value::Bool(true)) => Truth::True,
            Ok(Value::Bool(false)) => Truth::False,
            Ok(_) | Err(_) => Truth::Unknown,
        }
    }
}

/// Facts as the interpreter takes them; the same for all conditions of a decision.
pub(super) struct Looking<'a>(Context<'a, 'a>);

impl<'a> Looking<'a> {
    pub(super) fn at(looked: &'a Looked<'a>) -> Self {
        let mut context = Context::with_env(Arc::clone(&FUNCTIONS));
        context.set_variable_resolver(looked);
        Self(context)
    }
}

/// What can be seen before it is read: the reader of CEL calls itself for each bracket, and slowly.
fn check_signs(expression: &str) -> Result<(), BadCondition> {
    if expression.chars().nth(LONGEST).is_some() {
        return Err(BadCondition(format!("may have {LONGEST} characters")));
    }
    // Signs within a text count as well: to tell them apart is the reader's work.
    let (mut depth, mut deepest, mut choices, mut in_a_row, mut longest_row) = (0_usize, 0, 0, 0, 0);
    for sign in expression.chars() {
        match sign {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '?' => choices += 1,
            _ => {}
        }
        match sign {
            '!' | '-' => in_a_row += 1,
            _ if sign.is_whitespace() => {}
            _ => in_a_row = 0,
        }
        deepest = deepest.max(depth);
        longest_row = longest_row.max(in_a_row);
    }
    if deepest > DEEPEST || choices > DEEPEST || longest_row > MOST_SIGNS {
        return Err(BadCondition(format!(
            "may have {DEEPEST} brackets within brackets, choices (?) or signs in a row"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
