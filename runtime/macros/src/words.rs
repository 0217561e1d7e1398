//! Names and doc comments on their way to TypeScript.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The text of doc comments, without the space that each line begins with.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).filter_map(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else { return None };
        let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value else { return None };
        let text = text.value();
        Some(text.strip_prefix(' ').unwrap_or(&text).to_owned())
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// `NotFound` as `NOT_FOUND`, `HTTPError` as `HTTP_ERROR`.
pub(crate) fn screaming(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut code = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let begins_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_uppercase() && letters.get(index + 1).is_some_and(|next| next.is_lowercase()))
            });
        if begins_word {
            code.push('_');
        }
        code.extend(letter.to_uppercase());
    }
    code
}

/// `get_all` as `getAll`.
pub(crate) fn camel(name: &str) -> String {
    let mut words = name.split('_').filter(|word| !word.is_empty());
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        camel.push_str(letters.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_words_of_a_name() {
        let names = ["Full", "NotFound", "HTTPError", "Utf8Broken", "A", "already_SO"];
        let codes = ["FULL", "NOT_FOUND", "HTTP_ERROR", "UTF8_BROKEN", "A", "ALREADY_SO"];
        assert_eq!(names.map(screaming), codes);
    }

    #[test]
    fn methods_are_camels() {
        assert_eq!(["get", "get_all", "_odd__one_2"].map(camel), ["get", "getAll", "oddOne2"]);
    }
}
