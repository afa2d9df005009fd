//! What `q=` looks through and how it asks. A product's texts become words, and runs of Chinese, Japanese
//! and Korean letters become pairs of letters, so that 떡볶이 is found in 불맛쌀떡볶이. Both databases hold
//! the same words in their own full-text index.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use crate::db::Backend;

/// Longer words are cut: PostgreSQL refuses to index very long ones.
const MAX_WORD: usize = 64;
/// More words of a query are ignored.
const MAX_TERMS: usize = 16;

/// Letters that belong together.
#[derive(Debug, PartialEq, Eq)]
enum Run {
    /// A word or a number.
    Word(String),
    /// Letters of a script without spaces between words, or with words that grow at both ends.
    Cjk(Vec<char>),
}

/// What is indexed of a product's texts.
pub(super) fn body<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut seen = HashSet::new();
    let mut words: Vec<String> = Vec::new();
    for text in texts.into_iter().filter(|t| seen.insert(*t)) {
        for run in runs(text) {
            match run {
                Run::Word(word) => words.push(word),
                Run::Cjk(letters) => {
                    words.extend(pairs(&letters));
                    words.extend(letters.last().map(char::to_string));
                }
            }
        }
    }
    words.join(" ")
}

/// A query in the database's own language, or none when there is no word in it. Every word must be found;
/// words match from their start. Only letters and digits get through, quoted: no input breaks the syntax.
pub(super) fn query(backend: Backend, text: &str) -> Option<String> {
    let terms: Vec<String> = runs(text)
        .into_iter()
        .take(MAX_TERMS)
        .map(|run| match run {
            Run::Word(word) => prefix(backend, &word),
            Run::Cjk(letters) if letters.len() == 1 => prefix(backend, &letters.iter().collect::<String>()),
            Run::Cjk(letters) => phrase(backend, &pairs(&letters).collect::<Vec<_>>()),
        })
        .collect();
    let and = match backend {
        Backend::Sqlite => " AND ",
        Backend::Postgres => " & ",
    };
    if terms.is_empty() { None } else { Some(terms.join(and)) }
}

/// What [`query`] leaves to be looked for in the words themselves, as [`needles`].
pub(super) fn phrases(backend: Backend, text: &str) -> Vec<String> {
    match backend {
        Backend::Sqlite => Vec::new(),
        Backend::Postgres => needles(text).into_iter().filter(|needle| needle.trim().contains(' ')).collect(),
    }
}

/// The same query as pieces of text, each of which a product's words hold between their blanks (` red` where a word begins
/// with it, ` 떡볶 볶이 ` where the pairs follow each other).
pub(super) fn needles(text: &str) -> Vec<String> {
    let needle = |run| match run {
        Run::Word(word) => format!(" {word}"),
        Run::Cjk(letters) if letters.len() == 1 => format!(" {}", letters.iter().collect::<String>()),
        Run::Cjk(letters) => format!(" {} ", pairs(&letters).collect::<Vec<_>>().join(" ")),
    };
    runs(text).into_iter().take(MAX_TERMS).map(needle).collect()
}

fn prefix(backend: Backend, word: &str) -> String {
    match backend {
        Backend::Sqlite => format!("\"{word}\"*"),
        Backend::Postgres => format!("'{word}':*"),
    }
}

fn phrase(backend: Backend, words: &[String]) -> String {
    match backend {
        Backend::Sqlite => format!("\"{}\"", words.join(" ")),
        // That they follow each other is asked of the words themselves: the index would take them apart again for it.
        Backend::Postgres => format!("('{}')", words.join("' & '")),
    }
}

fn pairs(letters: &[char]) -> impl Iterator<Item = String> + '_ {
    letters.windows(2).map(|pair| pair.iter().collect())
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let (mut word, mut cjk) = (String::new(), Vec::new());
    for c in text.nfkc().flat_map(char::to_lowercase).chain(std::iter::once(' ')) {
        let is_cjk = is_cjk(c);
        if (is_cjk || !c.is_alphanumeric()) && !word.is_empty() {
            runs.push(Run::Word(std::mem::take(&mut word).chars().take(MAX_WORD).collect()));
        }
        if !is_cjk && !cjk.is_empty() {
            runs.push(Run::Cjk(std::mem::take(&mut cjk)));
        }
        if is_cjk {
            cjk.push(c);
        } else if c.is_alphanumeric() {
            word.push(c);
        }
    }
    runs
}

fn is_cjk(c: char) -> bool {
    c.is_alphanumeric()
        && matches!(u32::from(c),
            0x1100..=0x11ff | 0x3040..=0x30ff | 0x3130..=0x318f | 0x31f0..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff
            | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_words_and_pairs_letters() {
        assert_eq!(body(["불맛쌀떡볶이 Set-2"]), "불맛 맛쌀 쌀떡 떡볶 볶이 이 set 2");
        assert_eq!(body(["ＡＢＣ", "ＡＢＣ", "면T"]), "abc 면 t");
        assert_eq!(body(["— !?"]), "");
    }

    #[test]
    fn asks_for_every_word_from_its_start() {
        assert_eq!(query(Backend::Sqlite, "Red 떡볶이").unwrap(), "\"red\"* AND \"떡볶 볶이\"");
        assert_eq!(query(Backend::Postgres, "Red 떡볶이").unwrap(), "'red':* & ('떡볶' & '볶이')");
        assert_eq!(phrases(Backend::Postgres, "Red 떡볶이 떡볶 면"), [" 떡볶 볶이 "]);
        assert_eq!(phrases(Backend::Sqlite, "Red 떡볶이"), [""; 0]);
        assert_eq!(query(Backend::Postgres, "떡").unwrap(), "'떡':*");
        assert_eq!(query(Backend::Postgres, "떡볶").unwrap(), "('떡볶')");
        assert_eq!(query(Backend::Sqlite, "\"'()*:-^"), None);
    }

    #[test]
    fn needles_are_what_the_words_hold() {
        assert_eq!(needles("Red 떡볶이 떡"), [" red", " 떡볶 볶이 ", " 떡"]);
        let held = format!(" {} ", body(["불맛쌀떡볶이 Red-hot"]));
        let holds = |q: &str| needles(q).iter().all(|needle| held.contains(needle.as_str()));
        assert!(holds("떡볶이") && holds("쌀떡") && holds("red") && holds("ho 볶이") && holds("떡"));
        assert!(!holds("볶떡") && !holds("ot") && !holds("red 김치") && !holds("떡볶이 hats"));
    }

    proptest::proptest! {
        #[test]
        fn no_input_gets_out_of_its_quotes(text in "\\PC{0,40}") {
            for backend in [Backend::Sqlite, Backend::Postgres] {
                let query = query(backend, &text).unwrap_or_default();
                let quote = if backend == Backend::Sqlite { '"' } else { '\'' };
                let inside: String = query.split(quote).skip(1).step_by(2).collect();
                let outside: String = query.split(quote).step_by(2).collect();
                proptest::prop_assert!(inside.chars().all(|c| c.is_alphanumeric() || c == ' '), "{}", query);
                proptest::prop_assert!(outside.chars().all(|c| " AND&*:()".contains(c)), "{}", query);
            }
        }
    }
}
