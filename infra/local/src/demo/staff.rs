//! The staff of the demo's hotel: who can sign in on this machine.

use transom::{
    app::staff::NewStaff,
    domain::access::{
        Role,
        staff::{Duties, StaffPerson},
    },
};

use crate::issuer::Person;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Names them at the issuer.
    pub subject: &'static str,
    pub name: &'static str,
    pub email: &'static str,
    /// What they may do.
    pub role: Role,
}

impl Member {
    /// As they are added to the account.
    pub fn to_add(&self) -> NewStaff {
        let person = StaffPerson { name: self.name.to_owned(), email: self.email.to_owned() };
        let duties = Duties {
            role: self.role,
            active: true,
            teams: Vec::new(),
            skills: Vec::new(),
            languages: Vec::new(),
            capacity: None,
        };
        NewStaff { person, duties }
    }
}

pub const STAFF: [Member; 5] = [
    member("lucia", "Lucía Ferrer", "lucia@hotel-aurora.example", Role::Manager),
    member("tom", "Tom Berg", "tom@hotel-aurora.example", Role::Employee),
    member("ana", "Ana Duarte", "ana@hotel-aurora.example", Role::Employee),
    member("olu", "Olu Adeyemi", "olu@hotel-aurora.example", Role::Admin),
    member("ingrid", "Ingrid Lund", "ingrid@hotel-aurora.example", Role::Viewer),
];

const fn member(subject: &'static str, name: &'static str, email: &'static str, role: Role) -> Member {
    Member { subject, name, email, role }
}

/// The same as the issuer knows them.
pub fn people() -> Vec<Person> {
    let person = |member: &Member| Person {
        subject: member.subject.to_owned(),
        name: member.name.to_owned(),
        email: member.email.to_owned(),
        note: member.role.word().to_owned(),
    };
    STAFF.iter().map(person).collect()
}
