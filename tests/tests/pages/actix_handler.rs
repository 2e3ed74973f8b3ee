//! What the attribute does on actix besides the rules of pages.
