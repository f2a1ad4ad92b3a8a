//! Who may do what: roles of staff, scopes of programs, how either show who they are, and who did it.

pub mod actor;
pub mod audit;
pub mod claims;
pub mod role;
pub mod scope;
pub mod staff;
pub mod token;

pub use actor::Actor;
pub use role::Role;
pub use scope::{Scope, Scopes};

/// What a route asks of whoever calls it: of staff a role, of programs a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    pub role: Role,
    pub scope: Scope,
}

/// What a caller was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    Staff(Role),
    Program(Scopes),
    /// Operators of the installation, who own its tables anyway.
    Operator,
}

/// What a caller lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lacks {
    #[error("this needs the role {needed}, and yours is {has}")]
    Role { needed: Role, has: Role },
    #[error("this needs the scope {0}, which this token does not have")]
    Scope(Scope),
}

impl Grant {
    /// Whether it covers the need. Roles contain one another, scopes do not.
    pub fn covers(self, need: Need) -> Result<(), Lacks> {
        match self {
            Self::Operator => Ok(()),
            Self::Staff(has) if has >= need.role => Ok(()),
            Self::Staff(has) => Err(Lacks::Role { needed: need.role, has }),
            Self::Program(scopes) if scopes.contains(need.scope) => Ok(()),
            Self::Program(_) => Err(Lacks::Scope(need.scope)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_covers_what_lower_roles_do_and_a_scope_only_itself() {
        for needed in Role::ALL {
            for scope in Scope::ALL {
                let need = Need { role: needed, scope };
                assert_eq!(Grant::Operator.covers(need), Ok(()));
                for has in Role::ALL {
                    assert_eq!(Grant::Staff(has).covers(need).is_ok(), has >= needed, "{has} for {needed}");
                }
                for given in Scope::ALL {
                    let program = Grant::Program(Scopes::of([given]));
                    assert_eq!(program.covers(need).is_ok(), given == scope, "{given} for {scope}");
                }
                assert_eq!(Grant::Program(Scopes::ALL).covers(need), Ok(()));
            }
        }
    }
}
