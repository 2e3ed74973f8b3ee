//! `${VAR}` in the settings: filled in from the environment at run time, so that secrets stay outside.

/// Fills every `${NAME}` from `variable`; `$${` stands for `${` itself.
pub(super) fn fill(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, found) = rest.split_at(start);
        if let Some(literal) = before.strip_suffix('$') {
            filled.push_str(literal);
            filled.push_str("${");
            rest = &found[2..];
            continue;
        }
        let Some(end) = found.find('}') else { return Err("`${` has no `}`".to_owned()) };
        let name = &found[2..end];
        let value = variable(name).ok_or_else(|| format!("the environment variable `{name}` is not set"))?;
        filled.push_str(before);
        filled.push_str(&value);
        rest = &found[end + 1..];
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<String> {
        (name == "HOST").then(|| "example".to_owned())
    }

    #[test]
    fn every_variable_is_filled_in() {
        assert_eq!(fill("redis://${HOST}:1/${HOST}", variable).unwrap(), "redis://example:1/example");
    }

    #[test]
    fn a_doubled_dollar_is_literal() {
        assert_eq!(fill("a $${HOST} b $5", variable).unwrap(), "a ${HOST} b $5");
    }

    #[test]
    fn a_missing_variable_is_named() {
        assert!(fill("${PORT}", variable).unwrap_err().contains("`PORT` is not set"));
    }

    #[test]
    fn an_open_brace_is_an_error() {
        assert!(fill("redis://${HOST", variable).is_err());
    }
}
