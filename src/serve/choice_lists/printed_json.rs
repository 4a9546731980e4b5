//! The printed text of a list as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use crate::choice_list::document::{ListBlock, ListDocument, ListSection, ProviderEntry, TextLine, TranslatedNotice};
use crate::choice_list::language::Language;
use crate::serve::openapi::enums;
use crate::service::Service;

/// The printed text, word for word.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Printed)]
pub(crate) struct PrintedJson<'a> {
    /// Its title.
    title: &'a str,
    /// Warnings such as DRAFT, each in its language.
    notices: Vec<NoticeJson<'a>>,
    /// The word across every page, such as DRAFT; null for a list that can be filed.
    #[schema(required)]
    watermark: Option<&'a str>,
    /// The lines below the title.
    #[schema(value_type = Vec<String>)]
    head: &'a [String],
    /// The sections below.
    sections: Vec<PrintedSectionJson<'a>>,
    /// The line at the foot of each page.
    foot: &'a str,
}

impl<'a> From<&'a ListDocument> for PrintedJson<'a> {
    fn from(paper: &'a ListDocument) -> Self {
        Self {
            title: &paper.title,
            watermark: paper.watermark.as_deref(),
            notices: paper.notices.iter().map(|(language, text)| NoticeJson { language: language.code(), text }).collect(),
            head: &paper.head,
            sections: paper.sections.iter().map(PrintedSectionJson::from).collect(),
            foot: &paper.foot,
        }
    }
}

/// A notice in one language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notice)]
struct NoticeJson<'a> {
    /// The language.
    #[schema(value_type = Language)]
    language: &'static str,
    /// The text.
    text: &'a str,
}

/// One section of the printed text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Section)]
struct PrintedSectionJson<'a> {
    /// What the section is.
    #[schema(value_type = enums::ListSectionKind)]
    kind: &'static str,
    /// The service it is about; null for sections about the whole list.
    #[schema(required, value_type = Option<Service>)]
    service: Option<&'static str>,
    /// Its heading.
    title: &'a str,
    /// The blocks below it.
    blocks: Vec<PrintedBlockJson<'a>>,
}

impl<'a> From<&'a ListSection> for PrintedSectionJson<'a> {
    fn from(section: &'a ListSection) -> Self {
        Self {
            kind: section.kind.code(),
            service: section.service.map(Service::code),
            title: &section.title,
            blocks: section.blocks.iter().map(PrintedBlockJson::from).collect(),
        }
    }
}

/// One block of a section.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Block)]
enum PrintedBlockJson<'a> {
    /// A heading within the section.
    Heading(&'a str),
    /// A paragraph.
    Text(&'a str),
    /// Providers, each with its lines.
    Places(Vec<PrintedEntryJson<'a>>),
    /// A bulleted list.
    Points(Vec<&'a str>),
    /// Labels of fields to fill in by hand, which are printed empty.
    Blanks(Vec<&'a str>),
    /// One notice in several languages.
    Languages(Vec<TranslatedNoticeJson<'a>>),
}

impl<'a> From<&'a ListBlock> for PrintedBlockJson<'a> {
    fn from(block: &'a ListBlock) -> Self {
        match block {
            ListBlock::Heading(text) => Self::Heading(text),
            ListBlock::Text(text) => Self::Text(text),
            ListBlock::Places(entries) => Self::Places(entries.iter().map(PrintedEntryJson::from).collect()),
            ListBlock::Points(points) => Self::Points(texts(points)),
            ListBlock::Blanks(blanks) => Self::Blanks(blanks.iter().map(|blank| blank.label.as_str()).collect()),
            ListBlock::Languages(notices) => {
                let notice =
                    |notice: &'a TranslatedNotice| TranslatedNoticeJson { language: notice.language, text: &notice.text };
                Self::Languages(notices.iter().map(notice).collect())
            }
        }
    }
}

/// A notice in one of any languages.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TranslatedNotice)]
struct TranslatedNoticeJson<'a> {
    /// The ISO 639-1 code of the language.
    language: &'static str,
    /// The text.
    text: &'a str,
}

/// One provider in the printed text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Entry)]
struct PrintedEntryJson<'a> {
    /// Its name.
    name: &'a str,
    /// Its facts, one per line.
    lines: Vec<&'a str>,
}

impl<'a> From<&'a ProviderEntry> for PrintedEntryJson<'a> {
    fn from(entry: &'a ProviderEntry) -> Self {
        Self { name: &entry.name, lines: texts(&entry.lines) }
    }
}

fn texts(lines: &[TextLine]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}
