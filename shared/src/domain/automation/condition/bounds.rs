//! How long an expression can take at most, and of which kind each part is: found by walking it, before it ever runs.

use cel::{
    IdedExpr,
    common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, operators},
};

use super::{
    super::variables::{Kind, VARIABLES, Variable, named},
    BadCondition,
};

/// The most steps of one expression. A node is one, and so are 256 bytes.
pub const MOST_STEPS: u64 = 5000;

/// As fast as one node is looked at, so many bytes are compared or copied.
const BYTES: u64 = 256;
/// An expression that is deeper is nobody's.
const DEEPEST: usize = 48;
/// Of a number, as a text or as itself.
const NUMBER_BYTES: u64 = 32;

/// The most steps that an expression takes, and the variables that it names.
pub(super) fn measure(expression: &IdedExpr) -> Result<(u64, Vec<&'static str>), BadCondition> {
    let mut walk = Walk { names: Vec::new(), own: Vec::new(), depth: 0, in_loop: false };
    let whole = walk.part(expression)?;
    if whole.kind != Kind::Truth {
        return bad(format!("must be true or false, and is {}", whole.kind.words()));
    }
    if whole.steps > MOST_STEPS {
        return bad(format!(
            "may take {} steps, and at most {MOST_STEPS} are allowed: join fewer texts, or look at fewer lists",
            whole.steps
        ));
    }
    Ok((whole.steps, walk.names))
}

/// What is known of a part: its kind, the most bytes and elements that it has, and the most steps until it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bound {
    kind: Kind,
    bytes: u64,
    items: u64,
    steps: u64,
}

impl Bound {
    fn new(kind: Kind, bytes: u64, steps: u64) -> Self {
        Self { kind, bytes, items: 1, steps }
    }

    fn truth(steps: u64) -> Self {
        Self::new(Kind::Truth, 1, steps)
    }
}

type Measured = Result<Bound, BadCondition>;

fn bad<T>(words: impl Into<String>) -> Result<T, BadCondition> {
    Err(BadCondition(words.into()))
}

struct Walk {
    names: Vec<&'static str>,
    /// What a loop calls its elements, and what it gathers.
    own: Vec<(String, Bound)>,
    depth: usize,
    in_loop: bool,
}

impl Walk {
    fn part(&mut self, it: &IdedExpr) -> Measured {
        self.depth += 1;
        if self.depth > DEEPEST {
            return bad("has too many parts within parts");
        }
        let bound = match &it.expr {
            Expr::Literal(value) => literal(value),
            Expr::Ident(_) | Expr::Select(_) => self.name_or_field(it),
            Expr::List(list) => self.list(&list.elements),
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(it) => self.every(it),
            Expr::Map(_) | Expr::Struct(_) => {
                bad("knows no { }: name the parts of a fact, as in contact.fields.room_number")
            }
            Expr::Unspecified => bad("cannot be read as CEL"),
        }?;
        self.depth -= 1;
        Ok(Bound { steps: bound.steps.saturating_add(1), ..bound })
    }

    fn name_or_field(&mut self, it: &IdedExpr) -> Measured {
        if let Some(segments) = segments(it) {
            return self.name(&segments);
        }
        let Expr::Select(select) = &it.expr else { return bad("cannot be read as CEL") };
        let of = self.part(&select.operand)?;
        match (&of.kind, select.test) {
            (Kind::Named, true) => Ok(Bound::truth(of.steps)),
            (Kind::Named, false) => Ok(Bound::new(Kind::Text, of.bytes, of.steps)),
            (kind, true) => bad(format!(
                "has() is for contact.fields and message.answers, and this is {}: it is always there, and empty if not known",
                kind.words()
            )),
            (kind, false) => bad(format!("{} has no part {:?}", kind.words(), select.field)),
        }
    }

    fn name(&mut self, segments: &[&str]) -> Measured {
        let name = segments.join(".");
        if let Some((_, bound)) = self.own.iter().rev().find(|(own, _)| *own == segments[0]) {
            let bound = bound.clone();
            return match segments {
                [_] => Ok(Bound { steps: 0, ..bound }),
                [..] => bad(format!("{} has no part {:?}", bound.kind.words(), segments[1])),
            };
        }
        if let Some(variable) = named(&name) {
            return Ok(self.variable(variable));
        }
        let (last, before) = segments.split_last().unwrap_or((&"", &[]));
        if let Some(variable) = named(&before.join("."))
            && variable.kind() == Kind::Named
        {
            let whole = self.variable(variable);
            return Ok(Bound::new(Kind::Text, whole.bytes / whole.items.max(1), whole.steps));
        }
        let group = format!("{}.", segments[0]);
        let mut others: Vec<&str> = VARIABLES.iter().filter_map(|it| it.name.strip_prefix(&group)).collect();
        if others.is_empty() {
            others = VARIABLES.iter().map(|it| it.name.split('.').next().unwrap_or_default()).collect();
            others.dedup();
            return bad(format!("knows no {:?}; there are {}", segments[0], others.join(", ")));
        }
        let words = if before.is_empty() { "is several facts".to_owned() } else { format!("has no {last:?}") };
        bad(format!("{:?} {words}; there are {}", segments[0], others.join(", ")))
    }

    fn variable(&mut self, variable: &'static Variable) -> Bound {
        if !self.names.contains(&variable.name) {
            self.names.push(variable.name);
        }
        let (bytes, items) = variable.most();
        let steps = if matches!(variable.kind(), Kind::Many(_) | Kind::Named) { items } else { bytes / BYTES };
        Bound { kind: variable.kind(), bytes, items, steps }
    }

    fn list(&mut self, elements: &[IdedExpr]) -> Measured {
        let mut whole = Bound { kind: Kind::Many(None), bytes: 0, items: 0, steps: 0 };
        for element in elements {
            let it = self.part(element)?;
            let Some(kind) = joined(&whole.kind, &Kind::Many(Some(Box::new(it.kind.clone())))) else {
                return bad("has a list of different kinds: write one kind in it");
            };
            whole = Bound {
                kind,
                bytes: whole.bytes.saturating_add(it.bytes),
                items: whole.items + 1,
                steps: whole.steps.saturating_add(it.steps).saturating_add(it.bytes / BYTES),
            };
        }
        Ok(whole)
    }

    fn call(&mut self, call: &CallExpr) -> Measured {
        let mut parts = Vec::with_capacity(call.args.len() + 1);
        for part in call.target.as_deref().into_iter().chain(&call.args) {
            parts.push(self.part(part)?);
        }
        let handled = parts.iter().fold(0_u64, |sum, part| sum.saturating_add(part.bytes));
        let steps = parts.iter().fold(handled / BYTES, |sum, part| sum.saturating_add(part.steps));
        let kinds: Vec<&Kind> = parts.iter().map(|part| &part.kind).collect();
        let whole = |kind: Kind, bytes: u64| Ok(Bound::new(kind, bytes, steps));
        match (call.func_name.as_str(), kinds.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR, [Kind::Truth, Kind::Truth])
            | (operators::LOGICAL_NOT | operators::NOT_STRICTLY_FALSE, [Kind::Truth])
            | ("contains" | "startsWith" | "endsWith", [Kind::Text, Kind::Text])
            | (operators::IN, [Kind::Text, Kind::Named]) => Ok(Bound::truth(steps)),
            (operators::IN, [kind, Kind::Many(of)]) if of.as_deref().is_none_or(|of| of == *kind) => {
                Ok(Bound::truth(steps.saturating_add(parts[1].items)))
            }
            (operators::EQUALS | operators::NOT_EQUALS, [one, other])
                if joined(one, other).is_some() || are_numbers(one, other) =>
            {
                Ok(Bound::truth(steps.saturating_add(parts[0].items.max(parts[1].items))))
            }
            (
                operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS,
                [one, other],
            ) if are_numbers(one, other) || **one == Kind::Text && **other == Kind::Text => Ok(Bound::truth(steps)),
            (operators::CONDITIONAL, [Kind::Truth, one, other]) => match joined(one, other) {
                Some(kind) => {
                    let (bytes, items) = (parts[1].bytes.max(parts[2].bytes), parts[1].items.max(parts[2].items));
                    Ok(Bound { kind, bytes, items, steps })
                }
                None => bad("chooses (? :) between different kinds"),
            },
            (
                operators::ADD | operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE | operators::MODULO,
                [Kind::Number, Kind::Number],
            )
            | (operators::NEGATE, [Kind::Number])
            | ("int", [Kind::Number | Kind::Fraction | Kind::Text])
            | ("size", [Kind::Text | Kind::Many(_) | Kind::Named]) => whole(Kind::Number, NUMBER_BYTES),
            (
                operators::ADD | operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE,
                [Kind::Fraction, Kind::Fraction],
            )
            | (operators::NEGATE, [Kind::Fraction])
            | ("double", [Kind::Number | Kind::Fraction | Kind::Text]) => whole(Kind::Fraction, NUMBER_BYTES),
            ("string", [Kind::Number | Kind::Fraction | Kind::Truth | Kind::Text]) => {
                whole(Kind::Text, handled.max(NUMBER_BYTES))
            }
            (operators::ADD, [Kind::Text, Kind::Text]) => whole(Kind::Text, handled),
            (operators::ADD, [one @ Kind::Many(_), other @ Kind::Many(_)]) => match joined(one, other) {
                Some(kind) => {
                    let items = parts[0].items + parts[1].items;
                    Ok(Bound { kind, bytes: handled, items, steps: steps.saturating_add(items) })
                }
                None => bad("joins lists of different kinds"),
            },
            (operators::INDEX, [Kind::Many(Some(of)), Kind::Number]) => whole((**of).clone(), parts[0].bytes),
            (operators::INDEX, [Kind::Named, Kind::Text]) => whole(Kind::Text, parts[0].bytes),
            (name, kinds) => refuse_call(name, kinds),
        }
    }

    /// A loop over a list, or over the names of texts.
    fn every(&mut self, it: &ComprehensionExpr) -> Measured {
        if self.in_loop {
            return bad("may have no loop (all, exists, map, filter) within another");
        }
        let range = self.part(&it.iter_range)?;
        let element = match &range.kind {
            Kind::Many(of) => of.as_deref().cloned().unwrap_or(Kind::Text),
            Kind::Named => Kind::Text,
            other => return bad(format!("loops over {}: a loop is over a list", other.words())),
        };
        let begun = self.part(&it.accu_init)?;
        let before = self.own.len();
        let items = range.items;
        self.own.push((it.iter_var.clone(), Bound::new(element, range.bytes / items.max(1), 0)));
        self.own.push((it.accu_var.clone(), begun.clone()));
        self.in_loop = true;
        let goes_on = self.part(&it.loop_cond)?;
        let step = self.part(&it.loop_step)?;
        self.in_loop = false;
        let gathered = Bound {
            kind: step.kind.clone(),
            bytes: begun.bytes.saturating_add(step.bytes.saturating_mul(items)),
            items: begun.items.max(items),
            steps: 0,
        };
        self.own[before + 1].1 = gathered;
        let result = self.part(&it.result)?;
        self.own.truncate(before);
        let once = goes_on.steps.saturating_add(step.steps).saturating_add(step.bytes / BYTES).saturating_add(2);
        let steps = [begun.steps, once.saturating_mul(items), result.steps, range.bytes / BYTES];
        let steps = steps.into_iter().fold(range.steps, u64::saturating_add);
        Ok(Bound { steps, ..result })
    }
}

/// The parts of a name such as `contact.fields.room`, where this is nothing but a name.
fn segments(it: &IdedExpr) -> Option<Vec<&str>> {
    match &it.expr {
        // A name with a dot in front is the same one, seen from outside of all loops; nobody needs it.
        Expr::Ident(name) => Some(vec![name.as_str()]),
        Expr::Select(select) if !select.test => {
            let mut before = segments(&select.operand)?;
            before.push(&select.field);
            Some(before)
        }
        _ => None,
    }
}

fn literal(value: &LiteralValue) -> Measured {
    match value {
        LiteralValue::Boolean(_) => Ok(Bound::truth(0)),
        LiteralValue::Int(_) => Ok(Bound::new(Kind::Number, NUMBER_BYTES, 0)),
        LiteralValue::Double(_) => Ok(Bound::new(Kind::Fraction, NUMBER_BYTES, 0)),
        LiteralValue::String(text) => Ok(Bound::new(Kind::Text, text.inner().len() as u64, 0)),
        LiteralValue::Null => bad("knows no null: what is not known is empty, or 0"),
        LiteralValue::UInt(_) => bad("knows no numbers with u: write them without"),
        LiteralValue::Bytes(_) => bad("knows no bytes: write a text without b before it"),
    }
}

/// The kind of both; `None` if they differ.
fn joined(one: &Kind, other: &Kind) -> Option<Kind> {
    match (one, other) {
        (Kind::Many(None), Kind::Many(_)) => Some(other.clone()),
        (Kind::Many(_), Kind::Many(None)) => Some(one.clone()),
        (Kind::Many(Some(one)), Kind::Many(Some(other))) => {
            joined(one, other).map(|kind| Kind::Many(Some(Box::new(kind))))
        }
        _ => (one == other).then(|| one.clone()),
    }
}

fn are_numbers(one: &Kind, other: &Kind) -> bool {
    [one, other].into_iter().all(|kind| matches!(kind, Kind::Number | Kind::Fraction))
}

fn refuse_call(name: &str, kinds: &[&Kind]) -> Measured {
    let words: Vec<&str> = kinds.iter().map(|kind| kind.words()).collect();
    let sign: String = name.trim_matches('@').replace('_', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    match name {
        "matches" => bad("knows no regular expressions: use contains, startsWith or endsWith, or a keyword trigger"),
        "contains" | "startsWith" | "endsWith" | "size" | "int" | "double" | "string" => {
            bad(format!("{name} does not take {}", words.join(" and ")))
        }
        _ if !name.starts_with(char::is_alphabetic) => {
            bad(format!("cannot put {} together by {sign:?}", words.join(" and ")))
        }
        _ => bad(format!(
            "knows no function {name:?}; there are size, contains, startsWith, endsWith, int, double, string, has, all, exists, exists_one, map and filter"
        )),
    }
}
