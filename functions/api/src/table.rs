//! The table of routes: what each is called, what it needs, and whether the audit log has it.

use std::collections::HashMap;

use axum::{
    Router,
    handler::Handler,
    http::Method,
    routing::{MethodFilter, on},
};
use transom::domain::access::{Need, Role, Scope};

use crate::{Shared, describe::Handles, problem::Kind};

/// One route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    pub method: Verb,
    pub path: &'static str,
    /// What it is called in the API's description and in the audit log: `resource.action`.
    pub id: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    pub need: Need,
    /// Whether calls of it are written into the audit log.
    pub logged: bool,
    /// What it may answer beside what follows from its handler's signature.
    pub problems: &'static [Kind],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    pub fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Put => Method::PUT,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }

    /// As OpenAPI has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }

    fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// Whom routes are for: the least role of staff, and the scope of programs.
#[derive(Debug, Clone, Copy)]
pub struct For(Role, Scope);

/// Looking at what goes on.
pub const READ: For = For(Role::Viewer, Scope::Read);
/// Writing to guests.
pub const ANSWER: For = For(Role::Employee, Scope::Messages);
/// What is known of guests, and what they agreed to.
pub const CONTACTS: For = For(Role::Employee, Scope::Contacts);
/// Who looks after which conversation.
pub const WORK: For = For(Role::Employee, Scope::Work);
/// What goes out and when.
pub const MANAGE: For = For(Role::Manager, Scope::Settings);
/// Where messages come in and go out, and whom events are told to.
pub const CONNECT: For = For(Role::Admin, Scope::Settings);
/// Who may sign in and call.
pub const STAFF: For = For(Role::Admin, Scope::Staff);
/// Reports for authorities, the audit log.
pub const AUDIT: For = For(Role::Manager, Scope::Privacy);
/// Forgetting people, and keeping what would be forgotten.
pub const PRIVACY: For = For(Role::Admin, Scope::Privacy);

impl For {
    const fn route(self, method: Verb, path: &'static str, id: &'static str, about: &'static str) -> Route {
        let logged = !matches!(method, Verb::Get);
        Route { method, path, id, about, need: Need { role: self.0, scope: self.1 }, logged, problems: &[] }
    }
    pub const fn get(self, path: &'static str, id: &'static str, about: &'static str) -> Route {
        self.route(Verb::Get, path, id, about)
    }
    pub const fn post(self, path: &'static str, id: &'static str, about: &'static str) -> Route {
        self.route(Verb::Post, path, id, about)
    }
    pub const fn put(self, path: &'static str, id: &'static str, about: &'static str) -> Route {
        self.route(Verb::Put, path, id, about)
    }
    pub const fn patch(self, path: &'static str, id: &'static str, about: &'static str) -> Route {
        self.route(Verb::Patch, path, id, about)
    }
    pub const fn delete(self, path: &'static str, id: &'static str, about: &'static str) -> Route {
        self.route(Verb::Delete, path, id, about)
    }
}

impl Route {
    /// The audit log does not have it: it changes nothing, or what it makes says itself who made it.
    pub const fn unlogged(self) -> Self {
        Self { logged: false, ..self }
    }

    /// It may also answer with these problems.
    pub const fn or(self, problems: &'static [Kind]) -> Self {
        Self { problems, ..self }
    }
}

/// Where routes are added, each with its handler: to serve them, or to describe them.
pub trait Adds: Sized {
    #[must_use]
    fn add<H, T, I>(self, route: Route, handler: H) -> Self
    where
        H: Handler<T, Shared> + Handles<I>,
        T: 'static;
}

/// The routes as they are added, and the router that serves them.
#[derive(Debug, Default)]
pub struct Table {
    router: Router<Shared>,
    routes: Vec<Route>,
}

impl Adds for Table {
    fn add<H, T, I>(mut self, route: Route, handler: H) -> Self
    where
        H: Handler<T, Shared> + Handles<I>,
        T: 'static,
    {
        self.router = self.router.route(route.path, on(route.method.filter(), handler));
        self.routes.push(route);
        self
    }
}

impl Table {
    pub fn into_parts(self) -> (Router<Shared>, Vec<Route>) {
        (self.router, self.routes)
    }
}

/// Finds a route by what a request asked for.
#[derive(Debug)]
pub struct Index(HashMap<&'static str, Vec<Route>>);

impl Index {
    pub fn of(routes: &[Route]) -> Self {
        let mut index: HashMap<_, Vec<_>> = HashMap::new();
        for route in routes {
            index.entry(route.path).or_default().push(*route);
        }
        Self(index)
    }

    /// `path`: as it was matched, with its placeholders.
    pub fn find(&self, method: &Method, path: &str) -> Option<&Route> {
        // What a GET answers, a HEAD answers without its body.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.0.get(path)?.iter().find(|route| route.method.method() == *method)
    }
}
