//! Text in columns.

/// Columns of one character, near enough: the wide ones are those of East Asian scripts and pictures.
fn columns(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

pub(crate) fn width_of(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// Exactly so many columns: cut, or filled up.
pub(crate) fn fit(text: &str, width: usize) -> String {
    let mut fitted = String::new();
    let mut used = 0;
    for c in text.chars() {
        if used + columns(c) > width {
            break;
        }
        used += columns(c);
        fitted.push(c);
    }
    fitted.extend(std::iter::repeat_n(' ', width - used));
    fitted
}

/// The end of a line that is being typed.
pub(crate) fn tail(text: &str, width: usize) -> String {
    let mut used = 0;
    let kept: Vec<char> = text
        .chars()
        .rev()
        .take_while(|c| {
            used += columns(*c);
            used <= width
        })
        .collect();
    kept.into_iter().rev().collect()
}

/// Breaks at the width, at a space where there is one.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && width_of(&line) + 1 + width_of(word) > width {
            lines.push(std::mem::take(&mut line));
            line.push_str("    ");
        } else if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            if width_of(&line) + columns(c) > width {
                lines.push(std::mem::take(&mut line));
                line.push_str("    ");
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}
