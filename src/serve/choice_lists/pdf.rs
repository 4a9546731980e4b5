//! Renders a list as an accessible PDF (PDF/UA-1): headings, paragraphs and lists are tagged, the
//! language is set, and the footer is marked as not part of the text.
//!
//! [`layout`] places the text on pages; this module draws it. Equal documents produce equal bytes:
//! nothing here reads the clock.

use std::num::NonZeroU16;

use jiff::civil::Date;
use krilla::color::luma;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, Node, SpanTag, Tag, TagGroup, TagKind, TagTree,
};
use krilla::text::TextDirection;
use krilla::{Document, SerializeSettings};

use crate::choice_list::document::ListDocument;
use crate::serve::choice_lists::pdf::font::{FACES, FontSet};
use crate::serve::choice_lists::pdf::layout::{ElementKind, HEIGHT, PageItem, PageLayout, TagElement, WIDTH};
use crate::serve::choice_lists::pdf::letterhead::LetterheadPicture;
use crate::serve::http::problem::Problem;

pub(crate) mod font;
pub(crate) mod layout;
pub(crate) mod letterhead;

fn failed(cause: &'static str) -> Problem {
    tracing::error!(cause, "a list could not be written as PDF");
    Problem::Internal
}

/// `paper` on pages.
pub(crate) fn laid_out(paper: &ListDocument) -> Result<PageLayout<'static>, Problem> {
    let faces = FACES.as_ref().ok_or_else(|| failed("the fonts cannot be read"))?;
    Ok(PageLayout::of(paper, faces))
}

/// Renders `paper`, which was laid out as `flow`, as PDF, with the picture of the hospital above the first page.
pub(crate) fn written(
    paper: &ListDocument,
    flow: &PageLayout<'_>,
    picture: Option<&LetterheadPicture>,
    made_on: Date,
) -> Result<Vec<u8>, Problem> {
    let configuration = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish();
    let configuration = configuration.map_err(|_| failed("the PDF configuration is not valid"))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let mut drawn = vec![Vec::new(); flow.elements.len()];
    for (at, page) in flow.pages.iter().enumerate() {
        let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| failed("the page size is not valid"))?;
        let mut sheet = document.start_page_with(size);
        let mut surface = sheet.surface();
        if let Some(picture) = picture.filter(|_| at == 0) {
            picture.draw(&mut surface);
        }
        for ink in page {
            draw(&mut surface, ink, flow.faces, &mut drawn);
        }
        surface.finish();
        sheet.finish();
    }
    document.set_outline(outline(flow));
    document.set_tag_tree(tree(&flow.elements, &drawn).with_lang(Some(paper.language.code().to_owned())));
    document.set_metadata(metadata(paper, made_on));
    document.finish().map_err(|_| failed("the document is not valid PDF/UA-1"))
}

fn metadata(paper: &ListDocument, made_on: Date) -> Metadata {
    let number = |part: i8| u8::try_from(part).unwrap_or(1);
    let year = u16::try_from(made_on.year()).unwrap_or_default();
    let made = DateTime::new(year).month(number(made_on.month())).day(number(made_on.day()));
    Metadata::new()
        .title(paper.title.clone())
        .language(paper.language.code().to_owned())
        .creator(concat!("placement ", env!("CARGO_PKG_VERSION")).to_owned())
        .creation_date(made)
}

/// Draws one item and records the element it belongs to.
fn draw(surface: &mut Surface<'_>, ink: &PageItem, faces: &FontSet, drawn: &mut [Vec<Identifier>]) {
    match ink {
        PageItem::Watermark { text, size, width } => watermark(surface, faces, text, (*size, *width)),
        PageItem::Words { element, x, y, size, bold, text } => {
            let of_all_pages = Artifact::with_kind(ArtifactType::Footer);
            let span = element.map_or(ContentTag::Artifact(of_all_pages), |_| ContentTag::Span(SpanTag::empty()));
            let identifier = surface.start_tagged(span);
            surface.set_stroke(None);
            surface.set_fill(Some(Fill { paint: luma::Color::black().into(), ..Fill::default() }));
            let font = faces.face(*bold).font.clone();
            surface.draw_text(Point::from_xy(*x, *y), font, *size, text, false, TextDirection::LeftToRight);
            surface.end_tagged();
            if let Some(drawn) = element.and_then(|element| drawn.get_mut(element)) {
                drawn.push(identifier);
            }
        }
        PageItem::Rule { from, to, width } => {
            let mut path = PathBuilder::new();
            path.move_to(from.0, from.1);
            path.line_to(to.0, to.1);
            let Some(path) = path.finish() else { return };
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
            surface.set_fill(None);
            let paint = luma::Color::black().into();
            surface.set_stroke(Some(Stroke { paint, width: *width, ..Stroke::default() }));
            surface.draw_path(&path);
            surface.end_tagged();
        }
    }
}

/// Draws a light word from the lower left to the upper right. It is no part of the text for screen
/// readers, which read the notice at the top.
fn watermark(surface: &mut Surface<'_>, faces: &FontSet, text: &str, (size, width): (f32, f32)) {
    let (middle_x, middle_y) = (WIDTH / 2.0, HEIGHT / 2.0);
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Watermark)));
    surface.push_transform(&Transform::from_rotate_at(-52.0, middle_x, middle_y));
    surface.set_stroke(None);
    surface.set_fill(Some(Fill { paint: luma::Color::new(228).into(), ..Fill::default() }));
    let start = Point::from_xy(middle_x - width / 2.0, middle_y + size / 3.0);
    surface.draw_text(start, faces.face(true).font.clone(), size, text, false, TextDirection::LeftToRight);
    surface.pop();
    surface.end_tagged();
}

/// Builds the outline from the headings.
fn outline(flow: &PageLayout<'_>) -> Outline {
    let mut outline = Outline::new();
    for (title, page, y) in &flow.headings {
        let place = XyzDestination::new(*page, Point::from_xy(0.0, *y));
        outline.push_child(OutlineNode::new(title.clone(), place));
    }
    outline
}

/// Builds the tag tree for screen readers: each element with its drawn content, in reading order.
fn tree(elements: &[TagElement], drawn: &[Vec<Identifier>]) -> TagTree {
    // Children come after their parents, so elements are completed from the last to the first.
    let mut below: Vec<Vec<Node>> = vec![Vec::new(); elements.len()];
    let mut top = Vec::new();
    for (at, element) in elements.iter().enumerate().rev() {
        let own = drawn.get(at).into_iter().flatten().copied().map(Node::Leaf);
        let inner = below.get_mut(at).map(std::mem::take).unwrap_or_default();
        let children = own.chain(inner.into_iter().rev()).collect();
        let group = Node::Group(TagGroup::with_children(tag(&element.kind), children));
        element.parent.and_then(|parent| below.get_mut(parent)).unwrap_or(&mut top).push(group);
    }
    TagTree::from(top.into_iter().rev().collect::<Vec<_>>())
}

fn tag(kind: &ElementKind) -> TagKind {
    match kind {
        ElementKind::Heading(level, title) => {
            let level = NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, Some(title.clone())).into()
        }
        ElementKind::Paragraph(None) => Tag::P.into(),
        ElementKind::Paragraph(Some(language)) => Tag::P.with_lang(Some((*language).to_owned())).into(),
        ElementKind::List => Tag::L(ListNumbering::None).into(),
        ElementKind::Bullets => Tag::L(ListNumbering::Disc).into(),
        ElementKind::Item => Tag::LI.into(),
        ElementKind::Label => Tag::Lbl.into(),
        ElementKind::Body(None) => Tag::LBody.into(),
        ElementKind::Body(Some(language)) => Tag::LBody.with_lang(Some((*language).to_owned())).into(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::choice_list::document::{BlankField, ListBlock, ListSection, ProviderEntry, SectionKind, TranslatedNotice};
    use crate::choice_list::language::Language;
    use crate::choice_list::teaching_sheet::TeachingSheet;
    use crate::choice_list::translations::Translations;
    use crate::service::Service;

    /// A list of `count` providers, each with a word wider than the page.
    fn paper(count: usize) -> ListDocument {
        let entry = ProviderEntry {
            name: "Łódź 北京 Manor".to_owned(),
            lines: vec!["word ".repeat(40).into(), "W".repeat(200).into()],
        };
        let blocks = vec![
            ListBlock::Text("Text".to_owned()),
            ListBlock::Places(vec![entry; count]),
            ListBlock::Points(vec!["Point".to_owned().into()]),
            ListBlock::Blanks(vec![BlankField { label: "Date".to_owned(), is_large: true }]),
            ListBlock::Languages(vec![
                TranslatedNotice {
                    language: "vi", text: "Trợ giúp miễn phí".to_owned(), instead: "Vietnamese".to_owned()
                },
                TranslatedNotice { language: "zh", text: "免费帮助".to_owned(), instead: "Chinese on paper".to_owned() },
            ]),
        ];
        ListDocument {
            language: Language::Spanish,
            title: "Title".to_owned(),
            watermark: Some("DRAFT".to_owned()),
            notices: vec![(Language::English, "Notice".to_owned())],
            head: vec!["Head".to_owned()],
            sections: vec![ListSection { kind: SectionKind::Places, service: None, title: "Section".to_owned(), blocks }],
            again: vec![(Language::English, "Notice".to_owned())],
            foot: "Foot".to_owned(),
        }
    }

    #[test]
    fn the_same_paper_is_the_same_bytes_however_long_it_is() {
        for count in [1, 60] {
            let paper = paper(count);
            let written = |day| written(&paper, &laid_out(&paper).unwrap(), None, date(2026, 11, day)).unwrap();
            assert!(written(21) == written(21), "{count} places");
            assert_ne!(written(21), written(22));
        }
    }

    #[test]
    fn each_teaching_sheet_is_one_page_behind_a_list() {
        for language in Language::ALL {
            let list = ListDocument {
                language,
                foot: "Número de la lista: 7F3KQ-M8XPA-3ZRTN-09VWB-4HCDEF · Datos del 21 de septiembre de 2026.".to_owned(),
                again: Language::ALL
                    .map(|language| {
                        let words = Translations::of(language);
                        (language, format!("{} {}", words.draft.short, words.sample))
                    })
                    .into(),
                ..paper(1)
            };
            let before = laid_out(&list).unwrap().pages.len();
            let sheets = Service::ALL.map(|service| TeachingSheet { service, language }.section(date(2026, 9, 21)));
            for sheet in sheets {
                let name = sheet.title.clone();
                let sections = list.sections.iter().cloned().chain([sheet]).collect();
                let pages = laid_out(&ListDocument { sections, ..list.clone() }).unwrap().pages.len();
                assert_eq!(pages, before + 1, "{name}");
            }
        }
    }

    /// The words on each page, in order.
    fn words(flow: &PageLayout<'_>) -> Vec<String> {
        let of_page = |page: &Vec<PageItem>| {
            let texts = page.iter().filter_map(|item| match item {
                PageItem::Words { text, .. } => Some(text.as_str()),
                PageItem::Rule { .. } | PageItem::Watermark { .. } => None,
            });
            texts.collect::<Vec<_>>().join(" ")
        };
        flow.pages.iter().map(of_page).collect()
    }

    #[test]
    fn a_draft_has_its_word_under_every_page_and_a_list_to_file_has_none() {
        let draft = paper(60);
        let flow = laid_out(&draft).unwrap();
        assert!(flow.pages.len() > 2);
        for page in &flow.pages {
            assert!(matches!(&page[0], PageItem::Watermark { text, .. } if text == "DRAFT"));
        }
        let to_file = ListDocument { watermark: None, ..draft };
        let flow = laid_out(&to_file).unwrap();
        assert!(flow.pages.iter().flatten().all(|item| !matches!(item, PageItem::Watermark { .. })));
    }

    #[test]
    fn a_notice_is_printed_in_its_language_or_named_where_the_font_lacks_its_letters() {
        let faces = FACES.as_ref().unwrap();
        let text = words(&PageLayout::of(&paper(1), faces)).concat();
        assert!(text.contains("Chinese on paper") && !text.contains("Mian Fei"), "{text}");
        let vietnamese = faces.face(false).has_all("Trợ giúp miễn phí");
        assert_eq!(text.contains("Trợ giúp miễn phí"), vietnamese, "{text}");
        assert_eq!(text.contains("Vietnamese"), !vietnamese, "{text}");
    }
}
