//! The staff of the demo's hotel: who can sign in on this machine.

use crate::issuer::Person;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Names them at the issuer.
    pub subject: &'static str,
    pub name: &'static str,
    pub email: &'static str,
    /// What they may do, in the API's word.
    pub role: &'static str,
}

pub const STAFF: [Member; 5] = [
    member("lucia", "Lucía Ferrer", "lucia@hotel-aurora.example", "manager"),
    member("tom", "Tom Berg", "tom@hotel-aurora.example", "employee"),
    member("ana", "Ana Duarte", "ana@hotel-aurora.example", "employee"),
    member("olu", "Olu Adeyemi", "olu@hotel-aurora.example", "admin"),
    member("ingrid", "Ingrid Lund", "ingrid@hotel-aurora.example", "viewer"),
];

const fn member(subject: &'static str, name: &'static str, email: &'static str, role: &'static str) -> Member {
    Member { subject, name, email, role }
}

/// The same as the issuer knows them.
pub fn people() -> Vec<Person> {
    let person = |member: &Member| Person {
        subject: member.subject.to_owned(),
        name: member.name.to_owned(),
        email: member.email.to_owned(),
        note: member.role.to_owned(),
    };
    STAFF.iter().map(person).collect()
}
