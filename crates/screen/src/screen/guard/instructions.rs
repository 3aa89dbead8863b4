//! Each instruction of a program: handed on, mended after, or taken otherwise than the emulation would.

use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::Line;
use alacritty_terminal::term::TermMode;
use alacritty_terminal::vte::ansi::{
    Attr, CharsetIndex, ClearMode, CursorShape, CursorStyle, Handler, LineClearMode, Mode, NamedPrivateMode,
    PrivateMode, StandardCharset, TabulationClearMode,
};
use unicode_width::UnicodeWidthChar;

use super::{Guard, turns_direction, usual_tabs};

/// Instructions that need no guarding.
macro_rules! handed_on {
    ($($name:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $name(&mut self, $($argument: $kind),*) { Handler::$name(&mut self.term, $($argument),*); })*
    };
}

/// Instructions that can take one half of a wide character away, and leave the emulation with the other.
macro_rules! mended {
    ($($name:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $name(&mut self, $($argument: $kind),*) {
            Handler::$name(&mut self.term, $($argument),*);
            self.mend(self.term.grid().cursor.point.line);
        })*
    };
}

/// What is not here does nothing: colours of the palette, the clipboard, links, keyboards' dialects.
impl Handler for Guard {
    handed_on! {
        goto(line: i32, column: usize);
        goto_line(line: i32);
        goto_col(column: usize);
        move_up(count: usize);
        move_down(count: usize);
        identify_terminal(intermediate: Option<char>);
        device_status(question: usize);
        move_forward(count: usize);
        move_backward(count: usize);
        move_down_and_cr(count: usize);
        move_up_and_cr(count: usize);
        backspace();
        carriage_return();
        linefeed();
        bell();
        newline();
        scroll_up(count: usize);
        scroll_down(count: usize);
        insert_blank_lines(count: usize);
        delete_lines(count: usize);
        save_cursor_position();
        reverse_index();
        terminal_attribute(attribute: Attr);
        set_mode(mode: Mode);
        unset_mode(mode: Mode);
        report_mode(mode: Mode);
        report_private_mode(mode: PrivateMode);
        set_keypad_application_mode();
        unset_keypad_application_mode();
        configure_charset(index: CharsetIndex, charset: StandardCharset);
        decaln();
        text_area_size_chars();
    }

    mended! {
        insert_blank(count: usize);
        erase_chars(count: usize);
        delete_chars(count: usize);
        clear_line(mode: LineClearMode);
    }

    fn input(&mut self, c: char) {
        match c.width() {
            Some(0) if turns_direction(c) || !self.may_combine() => {}
            _ => self.term.input(c),
        }
        if self.term.mode().contains(TermMode::INSERT) {
            self.mend(self.term.grid().cursor.point.line);
        }
    }

    fn clear_screen(&mut self, mode: ClearMode) {
        // The emulation leaves the first line where the cursor is in the second.
        if matches!(mode, ClearMode::Above) && self.term.grid().cursor.point.line == 1 {
            self.term.grid_mut().reset_region(..Line(1));
        }
        self.term.clear_screen(mode);
        self.mend(self.term.grid().cursor.point.line);
    }

    fn set_title(&mut self, title: Option<String>) {
        self.title = clean_title(&title.unwrap_or_default(), self.limits.title_bytes);
    }

    fn push_title(&mut self) {
        if self.titles.len() >= self.limits.titles {
            self.titles.remove(0);
        }
        self.titles.push(self.title.clone());
    }

    fn pop_title(&mut self) {
        if let Some(title) = self.titles.pop() {
            self.title = title;
        }
    }

    fn put_tab(&mut self, count: u16) {
        self.term.put_tab(self.few_tabs(count));
    }

    fn move_forward_tabs(&mut self, count: u16) {
        self.term.move_forward_tabs(self.few_tabs(count));
    }

    fn move_backward_tabs(&mut self, count: u16) {
        self.term.move_backward_tabs(self.few_tabs(count));
        // The emulation forgets this: the next character would go to the next line from wherever the cursor came.
        self.term.grid_mut().cursor.input_needs_wrap = false;
    }

    fn set_horizontal_tabstop(&mut self) {
        if let Some(tab) = self.tabs.get_mut(self.term.grid().cursor.point.column.0) {
            *tab = true;
        }
        self.term.set_horizontal_tabstop();
    }

    fn clear_tabs(&mut self, mode: TabulationClearMode) {
        match mode {
            TabulationClearMode::All => self.tabs.fill(false),
            TabulationClearMode::Current => {
                if let Some(tab) = self.tabs.get_mut(self.term.grid().cursor.point.column.0) {
                    *tab = false;
                }
            }
        }
        self.term.clear_tabs(mode);
    }

    fn set_scrolling_region(&mut self, top: usize, bottom: Option<usize>) {
        let rows = self.term.screen_lines();
        let bottom = bottom.unwrap_or(rows).min(rows);
        if top < bottom && top > 0 {
            self.region = (top - 1, bottom);
            self.term.set_scrolling_region(top, Some(bottom));
        }
    }

    fn set_active_charset(&mut self, index: CharsetIndex) {
        self.charset = index;
        self.term.set_active_charset(index);
    }

    fn set_cursor_style(&mut self, style: Option<CursorStyle>) {
        self.cursor_style = style;
        self.term.set_cursor_style(style);
    }

    fn set_cursor_shape(&mut self, shape: CursorShape) {
        self.cursor_style.get_or_insert_default().shape = shape;
        self.term.set_cursor_shape(shape);
    }

    fn set_private_mode(&mut self, mode: PrivateMode) {
        self.set_foreign_mode(mode, true);
        match mode.raw() {
            // Older forms of the same.
            47 | 1047 => self.term.set_private_mode(NamedPrivateMode::SwapScreenAndSetRestoreCursor.into()),
            1048 => self.term.save_cursor_position(),
            66 => self.term.set_keypad_application_mode(),
            _ => self.term.set_private_mode(mode),
        }
        self.stay_in_region();
    }

    fn unset_private_mode(&mut self, mode: PrivateMode) {
        self.set_foreign_mode(mode, false);
        match mode.raw() {
            47 | 1047 => self.term.unset_private_mode(NamedPrivateMode::SwapScreenAndSetRestoreCursor.into()),
            1048 => self.restore_cursor_position(),
            66 => self.term.unset_keypad_application_mode(),
            _ => self.term.unset_private_mode(mode),
        }
        self.stay_in_region();
    }

    fn restore_cursor_position(&mut self) {
        self.term.restore_cursor_position();
        self.stay_in_region();
    }

    fn reset_state(&mut self) {
        self.term.reset_state();
        self.title.clear();
        self.titles.clear();
        self.tabs = usual_tabs(self.term.columns());
        self.region = (0, self.term.screen_lines());
        self.charset = CharsetIndex::default();
        self.cursor_style = None;
        self.foreign_modes.clear();
    }
}

/// A title as it may be shown: no control characters, none that turn its direction, and not too long.
fn clean_title(title: &str, most: usize) -> String {
    let mut clean: String = title.chars().filter(|c| !c.is_control() && !turns_direction(*c)).collect();
    clean.truncate(clean.floor_char_boundary(most));
    clean
}
