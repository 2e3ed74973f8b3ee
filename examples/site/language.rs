//! The language that a visitor reads.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, HeaderName};
use axum::http::request::Parts;
use cache_runtime::page::VariedInput;
use minijinja::{Value, context};

/// The languages of the search, the first of which is for all who read none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
    French,
}

impl Language {
    /// The one that the header prefers, by the weights of RFC 9110 §12.4.2.
    fn preferred(header: &str) -> Self {
        let known = header.split(',').filter_map(|range| {
            let (tag, weight) = range.split_once(";q=").unwrap_or((range, "1"));
            let weight: f32 = weight.trim().parse().unwrap_or(0.0);
            Self::of_tag(tag.trim()).filter(|_| weight > 0.0).map(|language| (language, weight))
        });
        // Of equal weights the first one counts.
        let best = known.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map_or(Self::English, |(language, _)| language)
    }

    fn of_tag(tag: &str) -> Option<Self> {
        match tag.split('-').next()?.to_ascii_lowercase().as_str() {
            "en" | "*" => Some(Self::English),
            "de" => Some(Self::German),
            "fr" => Some(Self::French),
            _ => None,
        }
    }

    /// Its words, for the template.
    pub(crate) fn words(self) -> Value {
        match self {
            Self::English => context! {
                code => "en", title => "Search", found => "cities found", none => "No city has such a name.",
                city => "City", country => "Country", people => "People", find => "Find a city", search => "Search",
                hint => "This page comes in English, German and French, each kept by itself.",
            },
            Self::German => context! {
                code => "de", title => "Suche", found => "Städte gefunden", none => "Keine Stadt heißt so.",
                city => "Stadt", country => "Land", people => "Menschen", find => "Stadt finden", search => "Suchen",
                hint => "Diese Seite gibt es auf Englisch, Deutsch und Französisch, jede für sich gemerkt.",
            },
            Self::French => context! {
                code => "fr", title => "Recherche", found => "villes trouvées", none => "Aucune ville ne porte ce nom.",
                city => "Ville", country => "Pays", people => "Habitants", find => "Trouver une ville",
                search => "Chercher",
                hint => "Cette page existe en anglais, allemand et français, chacune gardée à part.",
            },
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self::preferred(header.unwrap_or_default()))
    }
}

/// A page that varies on this header may be made of it.
impl VariedInput for Language {
    fn is_covered(names: &[HeaderName]) -> bool {
        names.contains(&ACCEPT_LANGUAGE)
    }

    fn narrow(self, _: &[HeaderName]) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_weight_counts_and_then_the_first_place() {
        for (header, language) in [
            ("", Language::English),
            ("fr", Language::French),
            ("de-AT,fr;q=0.9", Language::German),
            ("fr;q=0.5, de;q=0.8", Language::German),
            ("ja, fr;q=0.2", Language::French),
            ("de;q=0, fr;q=0.1", Language::French),
            ("x;q=?", Language::English),
        ] {
            assert_eq!(Language::preferred(header), language, "{header}");
        }
    }
}
