//! How long a customer waited for answers, as the newest messages of a conversation tell.

use crate::domain::{Timestamp, time::SignedDuration};

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    Customer,
    /// Somebody of the business, with an answer that went out.
    Staff,
}

/// One answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response {
    /// The first message that nobody had answered.
    pub asked_at: Timestamp,
    pub answered_at: Timestamp,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Responses {
    /// Since the conversation opened last.
    pub first: Option<Response>,
    pub latest: Option<Response>,
    pub waiting_since: Option<Timestamp>,
}

impl Response {
    pub fn took(&self) -> SignedDuration {
        self.answered_at.duration_since(self.asked_at)
    }
}

/// From what was said, in any order. `ended_at`: when the conversation was closed or archived last; what was said until then
/// is over.
pub fn responses(said: &mut [(Timestamp, Speaker)], ended_at: Option<Timestamp>) -> Responses {
    // Of one moment, what the customer said comes first.
    said.sort_by_key(|(at, speaker)| (*at, *speaker == Speaker::Staff));
    let mut found = Responses::default();
    for (at, speaker) in said.iter().filter(|(at, _)| ended_at.is_none_or(|ended| *at > ended)) {
        match (speaker, found.waiting_since) {
            (Speaker::Customer, None) => found.waiting_since = Some(*at),
            (Speaker::Staff, Some(asked_at)) => {
                let response = Response { asked_at, answered_at: *at };
                found.first.get_or_insert(response);
                found.latest = Some(response);
                found.waiting_since = None;
            }
            (Speaker::Customer, Some(_)) | (Speaker::Staff, None) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{
        Speaker::{Customer, Staff},
        *,
    };

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn of(said: &[(i64, Speaker)], ended_at: Option<i64>) -> Responses {
        let mut said: Vec<_> = said.iter().map(|(minute, speaker)| (at(*minute), *speaker)).collect();
        responses(&mut said, ended_at.map(at))
    }

    fn response(asked: i64, answered: i64) -> Response {
        Response { asked_at: at(asked), answered_at: at(answered) }
    }

    #[test]
    fn who_writes_again_has_waited_since_their_first_message() {
        let said = [(1, Customer), (3, Customer), (6, Staff), (7, Staff), (10, Customer), (11, Customer)];
        let found = of(&said, None);
        let expected =
            Responses { first: Some(response(1, 6)), latest: Some(response(1, 6)), waiting_since: Some(at(10)) };
        assert_eq!(found, expected);
        assert_eq!(found.first.unwrap().took(), SignedDuration::from_mins(5));
        assert_eq!(of(&[], None), Responses::default());
    }

    #[test]
    fn the_first_answer_is_that_since_the_conversation_opened_last() {
        let said = [(1, Customer), (2, Staff), (20, Customer), (24, Staff), (30, Customer), (31, Staff)];
        let all = Responses { first: Some(response(1, 2)), latest: Some(response(30, 31)), waiting_since: None };
        assert_eq!(of(&said, None), all);
        assert_eq!(of(&said, Some(10)), Responses { first: Some(response(20, 24)), ..all });
        assert_eq!(of(&said, Some(31)), Responses::default());
    }

    #[test]
    fn the_order_in_which_it_is_told_does_not_matter() {
        let said = [(1, Customer), (2, Staff), (3, Customer)];
        let mut turned = said;
        turned.reverse();
        assert_eq!(of(&said, None), of(&turned, None));
        assert_eq!(of(&[(2, Staff), (2, Customer)], None).first, Some(response(2, 2)));
    }
}
