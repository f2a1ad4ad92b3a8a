//! The way back: a short signed token in a wa.me link ties a returning customer to the conversation, even from
//! another number. It names the conversation and a day; the signature is the account's.

use super::{ConversationId, Phone, Timestamp, gsm7, time::SignedDuration};
use crate::seal::AccountKeys;

/// For how many days a token is taken.
const GOOD_FOR_DAYS: i64 = 14;
const MARK: &str = "ref-";
const CONVERSATION: usize = 26;
const DAY: usize = 3;
const SIGNATURE: usize = 10;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// One GSM-7 segment.
pub const SMS_SEGMENT: usize = 160;

/// Days since 1970, in three letters (32,768 days: until 2059).
fn day_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(86_400)
}

fn letters(mut value: u64, count: usize) -> String {
    let mut text = vec![b'0'; count];
    for place in text.iter_mut().rev() {
        *place = ALPHABET[usize::try_from(value % 32).expect("below 32")];
        value /= 32;
    }
    String::from_utf8(text).expect("the alphabet is ASCII")
}

fn number(text: &str) -> Option<i64> {
    text.bytes().try_fold(0, |value, letter| {
        let digit = ALPHABET.iter().position(|known| *known == letter)?;
        Some(value * 32 + i64::try_from(digit).ok()?)
    })
}

fn signature(keys: &AccountKeys, claim: &str) -> String {
    let tag = keys.sign_invite(claim);
    letters(u64::from_be_bytes(tag[..8].try_into().expect("8 of 32 bytes")), SIGNATURE)
}

/// The token for a conversation, signed on the day of `now`: `ref-` and 39 letters and digits.
pub fn token(keys: &AccountKeys, conversation: ConversationId, now: Timestamp) -> String {
    let id = conversation.to_string();
    let claim = format!("{}{}", &id["cnv_".len()..], letters(u64::try_from(day_of(now)).unwrap_or(0), DAY));
    format!("{MARK}{claim}{}", signature(keys, &claim))
}

/// The conversation that a text's token names, if it holds one that is genuine and not too old.
pub fn redeem(keys: &AccountKeys, text: &str, now: Timestamp) -> Option<ConversationId> {
    text.match_indices(MARK).find_map(|(at, _)| {
        let token = text.get(at + MARK.len()..at + MARK.len() + CONVERSATION + DAY + SIGNATURE)?;
        let token = token.is_ascii().then(|| token.to_ascii_uppercase())?;
        let (claim, signed) = token.split_at(CONVERSATION + DAY);
        let genuine =
            aws_lc_rs::constant_time::verify_slices_are_equal(signature(keys, claim).as_bytes(), signed.as_bytes());
        let age = day_of(now) - number(&claim[CONVERSATION..])?;
        let fresh = (-1..=GOOD_FOR_DAYS).contains(&age);
        (genuine.is_ok() && fresh).then(|| format!("cnv_{}", &claim[..CONVERSATION]).parse().ok())?
    })
}

/// The SMS that invites a customer back: who writes, the account's words and the link, in one segment, since a second one
/// costs as much as the first. Where that is too much the name is cut, and then the words.
pub fn sms_text(name: &str, words: &str, whatsapp: &Phone, token: &str) -> String {
    let link = format!("https://wa.me/{}?text=Hello%20{token}", whatsapp.digits());
    let room = SMS_SEGMENT.saturating_sub(link.len() + 1);
    // A single letter that SMS does not have would make it two segments.
    let (name, words) = (gsm7::transliterate(name.trim()), gsm7::transliterate(words.trim()));
    let words = gsm7::cut_to(&words, room);
    let left = room.saturating_sub(gsm7::septets(words).unwrap_or(room) + ": ".len());
    match gsm7::cut_to(&name, left).trim_end() {
        "" => format!("{words} {link}"),
        name => format!("{name}: {words} {link}"),
    }
}

/// How long after its window the invitation is worth sending.
pub const INVITE_WITHIN: SignedDuration = SignedDuration::from_hours(72);

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(seed: u8) -> AccountKeys {
        AccountKeys::derive(&[seed; 32])
    }
    const NOW: &str = "2026-03-01T12:00:00Z";
    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    #[test]
    fn a_token_leads_back_to_its_conversation_from_any_text_around_it() {
        let conversation = ConversationId::from_bits(12345);
        let token = token(&keys(1), conversation, now());
        assert_eq!(redeem(&keys(1), &token, now()), Some(conversation));
        assert_eq!(redeem(&keys(1), &format!("Hello {token}, are you there?"), now()), Some(conversation));
        assert_eq!(redeem(&keys(1), &format!("ref-no ref- {}", token.to_lowercase()), now()), Some(conversation));
    }

    #[test]
    fn a_forged_foreign_or_old_token_leads_nowhere() {
        let token = token(&keys(1), ConversationId::from_bits(12345), now());
        assert_eq!(redeem(&keys(2), &token, now()), None);
        let mut forged = token.clone().into_bytes();
        forged[10] = if forged[10] == b'A' { b'B' } else { b'A' };
        assert_eq!(redeem(&keys(1), std::str::from_utf8(&forged).unwrap(), now()), None);
        assert!(redeem(&keys(1), &token, now() + SignedDuration::from_hours(24 * 14)).is_some());
        assert_eq!(redeem(&keys(1), &token, now() + SignedDuration::from_hours(24 * 16)), None);
        for text in ["", "ref-", "ref-é", "hello", &format!("ref-{}", "é".repeat(40))] {
            assert_eq!(redeem(&keys(1), text, now()), None, "{text}");
        }
    }

    #[test]
    fn the_sms_fits_one_segment() {
        let token = token(&keys(1), ConversationId::from_bits(u128::MAX), now());
        let phone = Phone::from_e164("+15550783881").unwrap();
        let text = sms_text("Hotel", &"Your answer is waiting on WhatsApp. ".repeat(9), &phone, &token);
        assert!(text.ends_with(&token));
        assert_eq!(gsm7::segments(&text).segments, 1);
        // Words that need another alphabet would make two of it.
        let text = sms_text("Hôtel – ş", &"Ihre Antwort wartet – “schauen” Sie: ş€ ".repeat(9), &phone, &token);
        assert!(gsm7::fits(&text) && gsm7::segments(&text).segments == 1, "{text}");
        // The words of a ladder are whole, however long the name is.
        let words = "€".repeat(30);
        let text = sms_text("Gran Hotel Balneario de la Costa Esmeralda y Spa de Invierno", &words, &phone, &token);
        assert!(text.starts_with("Gran Hotel") && text.contains(&format!(": {words} https")), "{text}");
        assert_eq!(gsm7::segments(&text).segments, 1);
    }
}
