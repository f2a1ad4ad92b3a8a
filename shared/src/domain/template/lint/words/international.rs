//! What is said in every language.

use super::Words;

pub(in super::super) const INTERNATIONAL: Words = Words {
    language: "",
    strong: "
        black friday|week|weeks, cyber monday|week, flash sale, happy hour, # % off, − # %
        promo code|codes !you|que|der|den|du|som|was|used|utilisé, promocode|promocodes, last minute deal|deals|offer|offers, 2 x 1, 3 x 2
    ",
    persuasive: "",
    weak: "newsletter, cashback",
    own: "",
    next_purchase: "",
    transaction: "",
    opt_out: "stop, unsubscribe, opt out",
    secrets: "cvv, cvc, iban",
    requests: "",
    harmless: "wi fi, wifi, wlan",
    threats: "",
    empty: "",
};
