//! The text of a list on letter pages, in large print: what stands where, and of which element it is.
//!
//! All lengths are points, 72 to an inch; heights count downward from the top of the page.

use crate::choice_list::Language;
use crate::choice_list::paper::{Block, Entry, Line, Paper, Section};
use crate::serve::choice_lists::pdf::face::Faces;

/// The size of a page: letter.
pub(super) const WIDTH: f32 = 612.0;
/// See [`WIDTH`].
pub(super) const HEIGHT: f32 = 792.0;

const MARGIN: f32 = 54.0;
/// The indent of what stands in a list.
const INDENT: f32 = 14.0;
/// Room to write by hand in.
const BLANK: f32 = 40.0;
/// Where that room begins.
const HALF: f32 = 300.0;

/// How a text is set.
#[derive(Debug, Clone, Copy)]
struct Style {
    size: f32,
    leading: f32,
    bold: bool,
    before: f32,
}

const TITLE: Style = Style { size: 24.0, leading: 29.0, bold: true, before: 0.0 };
const HEADING: Style = Style { size: 19.0, leading: 24.0, bold: true, before: 16.0 };
const NAME: Style = Style { size: 17.0, leading: 22.0, bold: true, before: 0.0 };
const TEXT: Style = Style { size: 16.0, leading: 21.0, bold: false, before: 4.0 };
const NOTICE: Style = Style { size: 16.0, leading: 21.0, bold: true, before: 6.0 };
const LINE: Style = Style { size: 16.0, leading: 21.0, bold: false, before: 0.0 };
/// What every page repeats at its foot; all of it stands in large print on the first page.
const FOOT: Style = Style { size: 12.0, leading: 15.0, bold: false, before: 0.0 };

/// Something on a page.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ink {
    /// A line of text. Without an element it is not part of the text, such as a page's number.
    Words { element: Option<usize>, x: f32, y: f32, size: f32, bold: bool, text: String },
    /// A straight line.
    Rule { from: (f32, f32), to: (f32, f32), width: f32 },
}

/// A part of the text as a screen reader knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    /// What it is.
    pub(super) kind: Kind,
    /// The element it is part of.
    pub(super) parent: Option<usize>,
}

/// What an element is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A heading of a level, with its text.
    Heading(u16, String),
    /// A paragraph, in a language of its own where it has one.
    Paragraph(Option<Language>),
    /// A list without marks.
    List,
    /// A list with marks.
    Bullets,
    /// One of a list.
    Item,
    /// The mark of one of a list.
    Label,
    /// The text of one of a list, in a language of its own where it has one.
    Body(Option<Language>),
}

/// A list on its pages.
pub(super) struct Flow<'a> {
    faces: &'a Faces,
    /// The pages.
    pub(super) pages: Vec<Vec<Ink>>,
    /// Every part of the text, in reading order.
    pub(super) elements: Vec<Element>,
    /// Each heading with its page and height.
    pub(super) headings: Vec<(String, usize, f32)>,
    y: f32,
    bottom: f32,
}

impl<'a> Flow<'a> {
    /// `paper` on pages.
    pub(super) fn of(paper: &Paper, faces: &'a Faces) -> Self {
        let notices = paper.notices.iter().map(|(_, notice)| (notice.as_str(), true));
        let foot: Vec<(String, bool)> = notices
            .chain([(paper.foot.as_str(), false)])
            .flat_map(|(text, bold)| {
                let lines = faces.face(bold).lines(text, FOOT.size, WIDTH - 2.0 * MARGIN);
                lines.into_iter().map(move |line| (line, bold))
            })
            .collect();
        let bottom = HEIGHT - 32.0 - times(FOOT.leading, foot.len() + 1) - 12.0;
        let mut flow =
            Self { faces, pages: vec![Vec::new()], elements: Vec::new(), headings: Vec::new(), y: MARGIN, bottom };
        flow.head(paper);
        for section in &paper.sections {
            flow.section(section);
        }
        flow.feet(&foot);
        flow
    }

    fn head(&mut self, paper: &Paper) {
        self.heading(1, &paper.title, TITLE);
        for (language, notice) in &paper.notices {
            let own = Some(*language).filter(|language| *language != paper.language);
            let element = self.element(Kind::Paragraph(own), None);
            self.words(element, notice, NOTICE, 0.0);
        }
        for line in &paper.head {
            let element = self.element(Kind::Paragraph(None), None);
            self.words(element, line, LINE, 0.0);
        }
    }

    fn section(&mut self, section: &Section) {
        let heading = HEADING.before + self.height(&section.title, HEADING, 0.0);
        // What is filled in by hand stays on one page.
        let kept = section.blocks.iter().any(|block| matches!(block, Block::Blanks(_)));
        let below: f32 = match section.blocks.first() {
            Some(first) if !kept => self.first(first),
            _ => section.blocks.iter().map(|block| self.whole(block)).sum(),
        };
        self.room(heading + below);
        self.heading(2, &section.title, HEADING);
        for block in &section.blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Text(text) => {
                self.room(self.whole(block));
                let element = self.element(Kind::Paragraph(None), None);
                self.words(element, text, TEXT, 0.0);
            }
            Block::Places(entries) => {
                let list = self.element(Kind::List, None);
                for entry in entries {
                    self.entry(entry, list);
                }
            }
            Block::Points(points) => {
                let list = self.element(Kind::Bullets, None);
                for point in points {
                    self.point(point, list);
                }
            }
            Block::Blanks(blanks) => {
                let list = self.element(Kind::List, None);
                self.y += TEXT.before;
                for blank in blanks {
                    self.blank(blank, list);
                }
            }
        }
    }

    fn entry(&mut self, entry: &Entry, list: usize) {
        self.room(self.entry_height(entry));
        self.y += 10.0;
        let (page, top) = (self.pages.len(), self.y);
        let item = self.element(Kind::Item, Some(list));
        let body = self.element(Kind::Body(None), Some(item));
        let name = self.element(Kind::Heading(3, self.faces.face(true).plain(&entry.name)), Some(body));
        self.words(name, &entry.name, NAME, INDENT);
        for line in &entry.lines {
            let element = self.element(Kind::Paragraph(line.own), Some(body));
            self.words(element, &line.text, LINE, INDENT);
        }
        // An entry longer than a page has no bar beside it.
        if page == self.pages.len() {
            self.ink(Ink::Rule { from: (MARGIN + 2.0, top), to: (MARGIN + 2.0, self.y), width: 3.0 });
        }
    }

    fn point(&mut self, point: &Line, list: usize) {
        self.room(self.height(&point.text, LINE, INDENT));
        let item = self.element(Kind::Item, Some(list));
        let label = self.element(Kind::Label, Some(item));
        let at = self.y + LINE.size;
        self.line(Some(label), MARGIN, at, LINE, "•".to_owned());
        let body = self.element(Kind::Body(point.own), Some(item));
        self.words(body, &point.text, LINE, INDENT);
    }

    /// A label, and beside it a box to write in.
    fn blank(&mut self, blank: &str, list: usize) {
        let item = self.element(Kind::Item, Some(list));
        let body = self.element(Kind::Body(None), Some(item));
        let (top, right) = (self.y, WIDTH - MARGIN);
        let lines = self.faces.face(false).lines(blank, LINE.size, HALF - MARGIN - 8.0);
        let bottom = top + self.blank_height(blank);
        let last = lines.len().saturating_sub(1);
        for (at, line) in lines.into_iter().enumerate() {
            let y = top + 6.0 + LINE.size + times(LINE.leading, at);
            let text = if at < last { line + " " } else { line };
            self.line(Some(body), MARGIN, y, LINE, text);
        }
        let corners = [(HALF, top), (right, top), (right, bottom - 4.0), (HALF, bottom - 4.0), (HALF, top)];
        for side in corners.windows(2) {
            self.ink(Ink::Rule { from: side[0], to: side[1], width: 1.0 });
        }
        self.y = bottom;
    }

    fn heading(&mut self, level: u16, title: &str, style: Style) {
        let plain = self.faces.face(true).plain(title);
        let element = self.element(Kind::Heading(level, plain.clone()), None);
        self.headings.push((plain, self.pages.len() - 1, self.y));
        self.words(element, title, style, 0.0);
        if level == 2 {
            let y = self.y + 1.0;
            self.ink(Ink::Rule { from: (MARGIN, y), to: (WIDTH - MARGIN, y), width: 1.5 });
            self.y += 4.0;
        }
    }

    /// The lines of a text, from here downward, on as many pages as they take.
    fn words(&mut self, element: usize, text: &str, style: Style, indent: f32) {
        self.y += style.before;
        let lines = self.faces.face(style.bold).lines(text, style.size, WIDTH - 2.0 * MARGIN - indent);
        let last = lines.len().saturating_sub(1);
        for (at, line) in lines.into_iter().enumerate() {
            self.room(style.leading);
            let y = self.y + style.size;
            // The space between two words is there also where a line ends, or a reader runs them together.
            let text = if at < last { line + " " } else { line };
            self.line(Some(element), MARGIN + indent, y, style, text);
            self.y += style.leading;
        }
    }

    fn line(&mut self, element: Option<usize>, x: f32, y: f32, style: Style, text: String) {
        self.ink(Ink::Words { element, x, y, size: style.size, bold: style.bold, text });
    }

    /// Goes to a new page if this one has no room for `height`.
    fn room(&mut self, height: f32) {
        if self.y + height > self.bottom && self.y > MARGIN {
            self.pages.push(Vec::new());
            self.y = MARGIN;
        }
    }

    fn ink(&mut self, ink: Ink) {
        if let Some(page) = self.pages.last_mut() {
            page.push(ink);
        }
    }

    fn element(&mut self, kind: Kind, parent: Option<usize>) -> usize {
        self.elements.push(Element { kind, parent });
        self.elements.len() - 1
    }

    fn height(&self, text: &str, style: Style, indent: f32) -> f32 {
        let lines = self.faces.face(style.bold).lines(text, style.size, WIDTH - 2.0 * MARGIN - indent);
        times(style.leading, lines.len())
    }

    fn entry_height(&self, entry: &Entry) -> f32 {
        let lines: f32 = entry.lines.iter().map(|line| self.height(&line.text, LINE, INDENT)).sum();
        10.0 + self.height(&entry.name, NAME, INDENT) + lines
    }

    fn blank_height(&self, blank: &str) -> f32 {
        let lines = self.faces.face(false).lines(blank, LINE.size, HALF - MARGIN - 8.0);
        (times(LINE.leading, lines.len()) + 12.0).max(BLANK)
    }

    /// What of a block must not be parted from its heading.
    fn first(&self, block: &Block) -> f32 {
        match block {
            Block::Places(entries) => entries.first().map_or(0.0, |entry| self.entry_height(entry)),
            Block::Points(points) => points.first().map_or(0.0, |point| self.height(&point.text, LINE, INDENT)),
            Block::Text(_) | Block::Blanks(_) => self.whole(block),
        }
    }

    fn whole(&self, block: &Block) -> f32 {
        match block {
            Block::Text(text) => TEXT.before + self.height(text, TEXT, 0.0),
            Block::Places(entries) => entries.iter().map(|entry| self.entry_height(entry)).sum(),
            Block::Points(points) => points.iter().map(|point| self.height(&point.text, LINE, INDENT)).sum(),
            Block::Blanks(blanks) => TEXT.before + blanks.iter().map(|blank| self.blank_height(blank)).sum::<f32>(),
        }
    }

    /// At the foot of every page what must be known of it, the list's number and the page's.
    fn feet(&mut self, foot: &[(String, bool)]) {
        let count = self.pages.len();
        for (at, page) in self.pages.iter_mut().enumerate() {
            let top = self.bottom + 10.0;
            page.push(Ink::Rule { from: (MARGIN, top), to: (WIDTH - MARGIN, top), width: 0.5 });
            let numbered = (format!("{} / {count}", at + 1), false);
            for (line, (text, bold)) in foot.iter().chain([&numbered]).enumerate() {
                let y = top + 4.0 + FOOT.size + times(FOOT.leading, line);
                let text = text.clone();
                page.push(Ink::Words { element: None, x: MARGIN, y, size: FOOT.size, bold: *bold, text });
            }
        }
    }
}

fn times(height: f32, count: usize) -> f32 {
    height * f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}
