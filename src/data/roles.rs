//! Roles of the columns of a table with one row per region.

use super::reader::Layout;

/// What a column is for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    Unread,
    /// It has no header, and should have no cells.
    Headless,
    Key,
    Name,
    Year,
    Group,
    Weight,
    /// The raw column at a position.
    Value(usize),
}

/// The role of each column of the file; nothing where one has several.
pub(crate) fn roles(layout: &Layout, headers: &[String]) -> Option<Vec<Role>> {
    if layout.long.is_some() {
        return None;
    }
    let role = |header: &String| match header.is_empty() {
        true => Role::Headless,
        false => Role::Unread,
    };
    let mut roles: Vec<Role> = headers.iter().map(role).collect();
    let values = layout.columns.iter().enumerate();
    let values = values.map(|(position, at)| (*at, Role::Value(position)));
    let named = [
        (Some(layout.key), Role::Key),
        (layout.name, Role::Name),
        (layout.year, Role::Year),
        (layout.group, Role::Group),
        (layout.weighted_by, Role::Weight),
    ];
    for (at, role) in named.into_iter().chain(values) {
        let Some(at) = at else { continue };
        match roles.get_mut(at) {
            Some(slot @ (Role::Unread | Role::Headless)) => *slot = role,
            _ => return None,
        }
    }
    Some(roles)
}
