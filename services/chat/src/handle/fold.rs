//! When two handles would be taken for each other.

/// What is left of a handle once everything is gone in which two that look alike may differ: case, spaces, hyphens and
/// the like, accents, and letters and digits that look like others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Likeness(Box<str>);

impl Likeness {
    pub(crate) fn of(text: &str) -> Self {
        let letters = text.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric());
        let alike: String = letters.map(look).collect();
        Self(alike.replace("rn", "m").replace("vv", "w").into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Which letters belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alphabet {
    Latin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    EastAsian,
}

/// The alphabet of a letter. Letters that are of none of these make no handle: beyond them are too many that look like
/// others.
pub(super) fn alphabet(c: char) -> Option<Alphabet> {
    if !c.is_alphabetic() {
        return None;
    }
    Some(match c {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{17f}' | '\u{1e00}'..='\u{1eff}' => Alphabet::Latin,
        '\u{386}'..='\u{3ce}' => Alphabet::Greek,
        '\u{400}'..='\u{45f}' | '\u{490}'..='\u{491}' => Alphabet::Cyrillic,
        '\u{5d0}'..='\u{5ea}' => Alphabet::Hebrew,
        '\u{621}'..='\u{63a}' | '\u{641}'..='\u{64a}' => Alphabet::Arabic,
        '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fa}'
        | '\u{30fc}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}' => Alphabet::EastAsian,
        _ => return None,
    })
}

/// Whether a character goes with any alphabet.
pub(super) fn is_neutral(c: char) -> bool {
    c.is_ascii_digit() || " -_.'".contains(c)
}

pub(super) fn is_of_one_alphabet(text: &str) -> bool {
    let mut found = None;
    text.chars().filter(|c| !is_neutral(*c)).all(|c| match alphabet(c) {
        Some(alphabet) => *found.get_or_insert(alphabet) == alphabet,
        None => false,
    })
}

/// The Latin letter that a small letter or a digit looks like, or itself.
fn look(c: char) -> char {
    let row = LOOKS.iter().find(|(_, others)| others.contains(c));
    row.map_or(c, |(letter, _)| *letter)
}

/// Small letters, after capitals were made small, whose form in either case, or with the accent gone, is taken for
/// another's. Where the two cases look like different letters, the capital counts: more capitals are the very same.
const LOOKS: &[(char, &str)] = &[
    ('a', "àáâãäåāăąạảấầẩẫậắằẳẵặαаά"),
    ('b', "βвьъ"),
    ('c', "çćĉċčсς"),
    ('d', "ďđðδ"),
    ('e', "èéêëēĕėęěẹẻẽếềểễệеёєεέѐ"),
    ('f', "ſƒ"),
    ('g', "ĝğġģ"),
    ('h', "ĥħнһћђηή"),
    ('j', "ĵј"),
    ('k', "ķĸкκќ"),
    ('l', "1iìíîïĩīĭįıỉịĺļľŀłіїιίϊΐӏ"),
    ('m', "мμ"),
    ('n', "ñńņňŉŋνпй"),
    ('o', "0òóôõöøōŏőọỏốồổỗộớờởỡợоοόσө"),
    ('p', "рρþ"),
    ('r', "ŕŗřг"),
    ('s', "5śŝşšѕß"),
    ('t', "ţťŧтτ"),
    ('u', "ùúûüũūŭůűųụủứừửữựц"),
    ('w', "ŵẁẃẅωώш"),
    ('x', "хχж"),
    ('y', "ýÿŷỳỵỷỹуўγчυύϋΰ"),
    ('z', "źżžζз3"),
];
