//! Places the text of a list on letter pages, in large print, and assigns it to tag elements.
//!
//! All lengths are points, 72 to an inch; y is measured downward from the top of the page.

use crate::choice_list::document::{
    BlankField, ListBlock, ListDocument, ListSection, ProviderEntry, SectionKind, TextLine, TranslatedNotice,
};
use crate::choice_list::language::Language;
use crate::serve::choice_lists::pdf::font::FontSet;

/// The page width: US letter.
pub(crate) const WIDTH: f32 = 612.0;
/// The page height: US letter.
pub(crate) const HEIGHT: f32 = 792.0;

/// The margin on every side.
pub(crate) const MARGIN: f32 = 54.0;
/// Indent of list items.
const INDENT: f32 = 14.0;
/// Height of a field to fill in by hand.
const BLANK: f32 = 34.0;
/// Height of one that needs the room of several lines.
const LARGE_BLANK: f32 = 62.0;
/// Space above a provider.
const ENTRY_GAP: f32 = 9.0;
/// Widest watermark, across the page from corner to corner.
const WATERMARK: f32 = 560.0;
/// Left edge of these fields.
const HALF: f32 = 300.0;

/// A text style.
#[derive(Debug, Clone, Copy)]
struct TextStyle {
    size: f32,
    leading: f32,
    bold: bool,
    before: f32,
}

const TITLE: TextStyle = TextStyle { size: 20.0, leading: 25.0, bold: true, before: 0.0 };
const HEADING: TextStyle = TextStyle { size: 16.0, leading: 20.0, bold: true, before: 12.0 };
const NAME: TextStyle = TextStyle { size: 15.0, leading: 19.0, bold: true, before: 0.0 };
const TEXT: TextStyle = TextStyle { size: 14.0, leading: 18.0, bold: false, before: 3.0 };
const NOTICE: TextStyle = TextStyle { size: 14.0, leading: 18.0, bold: true, before: 5.0 };
const LINE: TextStyle = TextStyle { size: 14.0, leading: 18.0, bold: false, before: 0.0 };
/// A heading within a section, and the parts of a teaching sheet: 12 point, the least that CMS prints for patients.
const PART: TextStyle = TextStyle { size: 15.0, leading: 19.0, bold: true, before: 6.0 };
const SHEET_PART: TextStyle = TextStyle { size: 13.0, leading: 15.0, bold: true, before: 4.0 };
const SHEET_TEXT: TextStyle = TextStyle { size: 12.0, leading: 13.8, bold: false, before: 1.0 };
const SHEET_LINE: TextStyle = TextStyle { size: 12.0, leading: 13.8, bold: false, before: 0.0 };
/// The footer of every page. Its text is also in the size of the text on the first page.
const FOOT: TextStyle = TextStyle { size: 11.0, leading: 13.5, bold: false, before: 0.0 };

/// The styles of the blocks of a section.
#[derive(Debug, Clone, Copy)]
struct BlockStyles {
    part: TextStyle,
    text: TextStyle,
    line: TextStyle,
}

/// Large print, for the list.
const LARGE_PRINT: BlockStyles = BlockStyles { part: PART, text: TEXT, line: LINE };
/// A teaching sheet fits one page.
const ON_ONE_PAGE: BlockStyles = BlockStyles { part: SHEET_PART, text: SHEET_TEXT, line: SHEET_LINE };

/// An item on a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PageItem {
    /// A line of text. Without an element it is an artifact, such as a page number.
    Words { element: Option<usize>, x: f32, y: f32, size: f32, bold: bool, text: String },
    /// A straight line.
    Rule { from: (f32, f32), to: (f32, f32), width: f32 },
    /// A word across the page, under everything else; `width` is its width in points.
    Watermark { text: String, size: f32, width: f32 },
}

/// A tag element for screen readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TagElement {
    /// Its kind.
    pub(crate) kind: ElementKind,
    /// The parent element.
    pub(crate) parent: Option<usize>,
}

/// The kind of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ElementKind {
    /// A heading with its level and text.
    Heading(u16, String),
    /// A paragraph, with the code of its language if different from the list's.
    Paragraph(Option<&'static str>),
    /// A list without bullets.
    List,
    /// A bulleted list.
    Bullets,
    /// A list item.
    Item,
    /// The bullet of a list item.
    Label,
    /// The body of a list item, with the code of its language if different from the list's.
    Body(Option<&'static str>),
}

/// A list laid out on pages.
pub(crate) struct PageLayout<'a> {
    /// The fonts it was measured with.
    pub(crate) faces: &'a FontSet,
    /// The pages.
    pub(crate) pages: Vec<Vec<PageItem>>,
    /// The tag elements, in reading order.
    pub(crate) elements: Vec<TagElement>,
    /// The headings, each with its page and y position.
    pub(crate) headings: Vec<(String, usize, f32)>,
    styles: BlockStyles,
    y: f32,
    bottom: f32,
}

impl<'a> PageLayout<'a> {
    /// Lays out `paper` on pages.
    pub(crate) fn of(paper: &ListDocument, faces: &'a FontSet) -> Self {
        let again = paper.again.iter().map(|(_, notice)| (notice.as_str(), true));
        let foot: Vec<(String, bool)> = again
            .chain([(paper.foot.as_str(), false)])
            .flat_map(|(text, bold)| {
                let lines = faces.face(bold).lines(text, FOOT.size, WIDTH - 2.0 * MARGIN);
                lines.into_iter().map(move |line| (line, bold))
            })
            .collect();
        let bottom = HEIGHT - 32.0 - times(FOOT.leading, foot.len() + 1) - 12.0;
        let mut flow = Self {
            faces,
            pages: vec![Vec::new()],
            elements: Vec::new(),
            headings: Vec::new(),
            styles: LARGE_PRINT,
            y: MARGIN,
            bottom,
        };
        flow.head(paper);
        for (at, section) in paper.sections.iter().enumerate() {
            let is_sheet = section.kind == SectionKind::TeachingSheet;
            if is_sheet && at > 0 {
                flow.new_page();
            }
            flow.styles = if is_sheet { ON_ONE_PAGE } else { LARGE_PRINT };
            flow.section(section, paper.language);
        }
        flow.feet(&foot);
        if let Some(watermark) = &paper.watermark {
            flow.watermark(watermark);
        }
        flow
    }

    fn head(&mut self, paper: &ListDocument) {
        self.heading(1, &paper.title, TITLE);
        for (language, notice) in &paper.notices {
            let own = Some(language.code()).filter(|_| *language != paper.language);
            let element = self.element(ElementKind::Paragraph(own), None);
            self.words(element, notice, NOTICE, 0.0);
        }
        for line in &paper.head {
            let element = self.element(ElementKind::Paragraph(None), None);
            self.words(element, line, LINE, 0.0);
        }
    }

    fn section(&mut self, section: &ListSection, language: Language) {
        let heading = HEADING.before + self.height(&section.title, HEADING, 0.0);
        // The fields to fill in, and the few rules, stay on one page.
        let kept = matches!(section.kind, SectionKind::Record | SectionKind::Rules);
        let below: f32 = match section.blocks.first() {
            Some(first) if !kept => self.first(first),
            _ => section.blocks.iter().map(|block| self.whole(block)).sum(),
        };
        self.room(heading + below);
        self.heading(2, &section.title, HEADING);
        for block in &section.blocks {
            self.block(block, language);
        }
    }

    fn block(&mut self, block: &ListBlock, language: Language) {
        match block {
            ListBlock::Heading(text) => {
                // It stays with the two lines below it.
                self.room(self.whole(block) + 2.0 * self.styles.text.leading);
                let plain = self.faces.face(true).plain(text);
                let element = self.element(ElementKind::Heading(3, plain), None);
                self.words(element, text, self.styles.part, 0.0);
            }
            ListBlock::Text(text) => {
                self.room(self.whole(block));
                let element = self.element(ElementKind::Paragraph(None), None);
                self.words(element, text, self.styles.text, 0.0);
            }
            ListBlock::Places(entries) => {
                let list = self.element(ElementKind::List, None);
                for entry in entries {
                    self.entry(entry, list);
                }
            }
            ListBlock::Points(points) => {
                let list = self.element(ElementKind::Bullets, None);
                for point in points {
                    self.point(point, list);
                }
            }
            ListBlock::Blanks(blanks) => {
                let list = self.element(ElementKind::List, None);
                self.y += TEXT.before;
                for blank in blanks {
                    self.blank(blank, list);
                }
            }
            ListBlock::Languages(notices) => {
                for notice in notices {
                    let (text, own) = self.printable_notice(notice, language);
                    self.room(TEXT.before + self.height(text, TEXT, 0.0));
                    let element = self.element(ElementKind::Paragraph(own), None);
                    self.words(element, text, TEXT, 0.0);
                }
            }
        }
    }

    /// The text of a notice and its language; in the list's language where the font lacks letters.
    fn printable_notice<'n>(&self, notice: &'n TranslatedNotice, language: Language) -> (&'n str, Option<&'static str>) {
        let other = Some(notice.language).filter(|code| *code != language.code());
        if self.faces.face(false).has_all(&notice.text) { (&notice.text, other) } else { (&notice.instead, None) }
    }

    fn entry(&mut self, entry: &ProviderEntry, list: usize) {
        self.room(self.entry_height(entry));
        self.y += ENTRY_GAP;
        let (page, top) = (self.pages.len(), self.y);
        let item = self.element(ElementKind::Item, Some(list));
        let body = self.element(ElementKind::Body(None), Some(item));
        let name = self.element(ElementKind::Heading(3, self.faces.face(true).plain(&entry.name)), Some(body));
        self.words(name, &entry.name, NAME, INDENT);
        for line in &entry.lines {
            let element = self.element(ElementKind::Paragraph(line.own.map(Language::code)), Some(body));
            self.words(element, &line.text, LINE, INDENT);
        }
        // An entry that spans pages has no bar beside it.
        if page == self.pages.len() {
            self.ink(PageItem::Rule { from: (MARGIN + 2.0, top), to: (MARGIN + 2.0, self.y), width: 3.0 });
        }
    }

    fn point(&mut self, point: &TextLine, list: usize) {
        let style = self.styles.line;
        self.room(self.height(&point.text, style, INDENT));
        let item = self.element(ElementKind::Item, Some(list));
        let label = self.element(ElementKind::Label, Some(item));
        let at = self.y + style.size;
        self.line(Some(label), MARGIN, at, style, "•".to_owned());
        let body = self.element(ElementKind::Body(point.own.map(Language::code)), Some(item));
        self.words(body, &point.text, style, INDENT);
    }

    /// A label and a box to write in.
    fn blank(&mut self, blank: &BlankField, list: usize) {
        let item = self.element(ElementKind::Item, Some(list));
        let body = self.element(ElementKind::Body(None), Some(item));
        let (top, right) = (self.y, WIDTH - MARGIN);
        let lines = self.faces.face(false).lines(&blank.label, LINE.size, HALF - MARGIN - 8.0);
        let bottom = top + self.blank_height(blank);
        let last = lines.len().saturating_sub(1);
        for (at, line) in lines.into_iter().enumerate() {
            let y = top + 6.0 + LINE.size + times(LINE.leading, at);
            let text = if at < last { line + " " } else { line };
            self.line(Some(body), MARGIN, y, LINE, text);
        }
        let corners = [(HALF, top), (right, top), (right, bottom - 4.0), (HALF, bottom - 4.0), (HALF, top)];
        for side in corners.windows(2) {
            self.ink(PageItem::Rule { from: side[0], to: side[1], width: 1.0 });
        }
        self.y = bottom;
    }

    fn heading(&mut self, level: u16, title: &str, style: TextStyle) {
        let plain = self.faces.face(true).plain(title);
        let element = self.element(ElementKind::Heading(level, plain.clone()), None);
        self.headings.push((plain, self.pages.len() - 1, self.y));
        self.words(element, title, style, 0.0);
        if level == 2 {
            let y = self.y + 1.0;
            self.ink(PageItem::Rule { from: (MARGIN, y), to: (WIDTH - MARGIN, y), width: 1.5 });
            self.y += 4.0;
        }
    }

    /// Adds the lines of a text, on as many pages as needed.
    fn words(&mut self, element: usize, text: &str, style: TextStyle, indent: f32) {
        self.y += style.before;
        let lines = self.faces.face(style.bold).lines(text, style.size, WIDTH - 2.0 * MARGIN - indent);
        let last = lines.len().saturating_sub(1);
        for (at, line) in lines.into_iter().enumerate() {
            self.room(style.leading);
            let y = self.y + style.size;
            // A line keeps its trailing space, so that screen readers do not join the words.
            let text = if at < last { line + " " } else { line };
            self.line(Some(element), MARGIN + indent, y, style, text);
            self.y += style.leading;
        }
    }

    fn line(&mut self, element: Option<usize>, x: f32, y: f32, style: TextStyle, text: String) {
        self.ink(PageItem::Words { element, x, y, size: style.size, bold: style.bold, text });
    }

    /// Starts a new page if `height` does not fit on this one.
    fn room(&mut self, height: f32) {
        if self.y + height > self.bottom && self.y > MARGIN {
            self.new_page();
        }
    }

    fn new_page(&mut self) {
        self.pages.push(Vec::new());
        self.y = MARGIN;
    }

    fn ink(&mut self, ink: PageItem) {
        if let Some(page) = self.pages.last_mut() {
            page.push(ink);
        }
    }

    fn element(&mut self, kind: ElementKind, parent: Option<usize>) -> usize {
        self.elements.push(TagElement { kind, parent });
        self.elements.len() - 1
    }

    fn height(&self, text: &str, style: TextStyle, indent: f32) -> f32 {
        let lines = self.faces.face(style.bold).lines(text, style.size, WIDTH - 2.0 * MARGIN - indent);
        times(style.leading, lines.len())
    }

    fn entry_height(&self, entry: &ProviderEntry) -> f32 {
        let lines: f32 = entry.lines.iter().map(|line| self.height(&line.text, LINE, INDENT)).sum();
        ENTRY_GAP + self.height(&entry.name, NAME, INDENT) + lines
    }

    fn blank_height(&self, blank: &BlankField) -> f32 {
        let lines = self.faces.face(false).lines(&blank.label, LINE.size, HALF - MARGIN - 8.0);
        (times(LINE.leading, lines.len()) + 10.0).max(if blank.is_large { LARGE_BLANK } else { BLANK })
    }

    /// The height of the part of a block that must stay with its heading.
    fn first(&self, block: &ListBlock) -> f32 {
        match block {
            ListBlock::Places(entries) => entries.first().map_or(0.0, |entry| self.entry_height(entry)),
            ListBlock::Points(points) => {
                points.first().map_or(0.0, |point| self.height(&point.text, self.styles.line, INDENT))
            }
            ListBlock::Heading(_) | ListBlock::Text(_) | ListBlock::Blanks(_) | ListBlock::Languages(_) => self.whole(block),
        }
    }

    fn whole(&self, block: &ListBlock) -> f32 {
        match block {
            ListBlock::Heading(text) => self.styles.part.before + self.height(text, self.styles.part, 0.0),
            ListBlock::Text(text) => self.styles.text.before + self.height(text, self.styles.text, 0.0),
            ListBlock::Places(entries) => entries.iter().map(|entry| self.entry_height(entry)).sum(),
            ListBlock::Points(points) => points.iter().map(|point| self.height(&point.text, self.styles.line, INDENT)).sum(),
            ListBlock::Blanks(blanks) => TEXT.before + blanks.iter().map(|blank| self.blank_height(blank)).sum::<f32>(),
            // What must stay with the heading: the first notice.
            ListBlock::Languages(notices) => {
                notices.first().map_or(0.0, |notice| TEXT.before + self.height(&notice.text, TEXT, 0.0))
            }
        }
    }

    /// Puts a word under the text of every page.
    fn watermark(&mut self, text: &str) {
        let face = self.faces.face(true);
        let size = (WATERMARK / face.width(text, 1.0).max(1.0)).min(130.0);
        let width = face.width(text, size);
        for page in &mut self.pages {
            page.insert(0, PageItem::Watermark { text: text.to_owned(), size, width });
        }
    }

    /// Adds the footer to every page: warnings, list number and page number.
    fn feet(&mut self, foot: &[(String, bool)]) {
        let count = self.pages.len();
        for (at, page) in self.pages.iter_mut().enumerate() {
            let top = self.bottom + 8.0;
            page.push(PageItem::Rule { from: (MARGIN, top), to: (WIDTH - MARGIN, top), width: 0.5 });
            let numbered = (format!("{} / {count}", at + 1), false);
            for (line, (text, bold)) in foot.iter().chain([&numbered]).enumerate() {
                let y = top + 4.0 + FOOT.size + times(FOOT.leading, line);
                let text = text.clone();
                page.push(PageItem::Words { element: None, x: MARGIN, y, size: FOOT.size, bold: *bold, text });
            }
        }
    }
}

fn times(height: f32, count: usize) -> f32 {
    height * f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}
