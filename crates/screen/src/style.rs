//! How text looks.

use alacritty_terminal::term::cell::{Cell, Flags};
use alacritty_terminal::vte::ansi::{Color, NamedColor};

/// A colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Colour {
    /// The viewer's own, for text or for what is behind it.
    #[default]
    Own,
    /// One of 256, of which the first 16 are the viewer's choice.
    Indexed(u8),
    /// This very one: red, green, blue.
    Exact(u8, u8, u8),
}

impl Colour {
    /// As a number: 0 the viewer's own, `0x0100_0000` + n one of 256, `0x0200_0000` + `0xRRGGBB` that very one.
    #[must_use]
    pub fn code(self) -> u32 {
        match self {
            Self::Own => 0,
            Self::Indexed(index) => 0x0100_0000 | u32::from(index),
            Self::Exact(red, green, blue) => u32::from_be_bytes([2, red, green, blue]),
        }
    }
}

impl From<Color> for Colour {
    fn from(color: Color) -> Self {
        match color {
            Color::Indexed(index) => Self::Indexed(index),
            Color::Spec(rgb) => Self::Exact(rgb.r, rgb.g, rgb.b),
            Color::Named(name) => named(name),
        }
    }
}

fn named(name: NamedColor) -> Colour {
    match u8::try_from(name as usize) {
        Ok(index @ 0..=15) => Colour::Indexed(index),
        _ => Colour::Own,
    }
}

/// How text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Style {
    /// The colour of the text.
    pub foreground: Colour,
    /// The colour behind it.
    pub background: Colour,
    /// What else: the sum of the constants here.
    pub attributes: u16,
}

impl Style {
    /// In strong letters.
    pub const BOLD: u16 = 1;
    /// In a weak colour.
    pub const DIM: u16 = 2;
    /// Slanted.
    pub const ITALIC: u16 = 4;
    /// With a line below, of whatever form.
    pub const UNDERLINED: u16 = 8;
    /// With the two colours exchanged.
    pub const REVERSED: u16 = 32;
    /// Not to be seen.
    pub const HIDDEN: u16 = 64;
    /// With a line through it.
    pub const STRUCK: u16 = 128;
    /// With two lines below.
    pub const DOUBLY_UNDERLINED: u16 = 256;

    pub(crate) fn of(cell: &Cell) -> Self {
        let pairs = [
            (Flags::BOLD, Self::BOLD),
            (Flags::DIM, Self::DIM),
            (Flags::ITALIC, Self::ITALIC),
            (Flags::ALL_UNDERLINES.difference(Flags::DOUBLE_UNDERLINE), Self::UNDERLINED),
            (Flags::INVERSE, Self::REVERSED),
            (Flags::HIDDEN, Self::HIDDEN),
            (Flags::STRIKEOUT, Self::STRUCK),
            (Flags::DOUBLE_UNDERLINE, Self::DOUBLY_UNDERLINED),
        ];
        let set = pairs.iter().filter(|(flag, _)| cell.flags.intersects(*flag));
        Self {
            foreground: cell.fg.into(),
            background: cell.bg.into(),
            attributes: set.map(|(_, attribute)| attribute).sum(),
        }
    }
}

/// What a real terminal is told so that it writes as `cell` looks, from whatever it had before.
pub(crate) fn select(cell: &Cell) -> String {
    let flags = [
        (Flags::BOLD, "1"),
        (Flags::DIM, "2"),
        (Flags::ITALIC, "3"),
        (Flags::UNDERLINE, "4"),
        (Flags::DOUBLE_UNDERLINE, "4:2"),
        (Flags::UNDERCURL, "4:3"),
        (Flags::DOTTED_UNDERLINE, "4:4"),
        (Flags::DASHED_UNDERLINE, "4:5"),
        (Flags::INVERSE, "7"),
        (Flags::HIDDEN, "8"),
        (Flags::STRIKEOUT, "9"),
    ];
    let mut codes = vec!["0".to_owned()];
    codes.extend(flags.iter().filter(|(flag, _)| cell.flags.contains(*flag)).map(|(_, code)| (*code).to_owned()));
    codes.extend(colour(cell.fg.into(), 38));
    codes.extend(colour(cell.bg.into(), 48));
    codes.extend(cell.underline_color().and_then(|color| colour(color.into(), 58)));
    format!("\x1b[{}m", codes.join(";"))
}

fn colour(colour: Colour, kind: u8) -> Option<String> {
    match colour {
        Colour::Own => None,
        // The first 16 are named: a terminal of 8 or 16 colours knows them.
        Colour::Indexed(index @ 0..=7) if kind != 58 => Some(format!("{}", kind - 8 + index)),
        Colour::Indexed(index @ 8..=15) if kind != 58 => Some(format!("{}", kind + 52 + index - 8)),
        Colour::Indexed(index) => Some(format!("{kind};5;{index}")),
        Colour::Exact(red, green, blue) => Some(format!("{kind};2;{red};{green};{blue}")),
    }
}
