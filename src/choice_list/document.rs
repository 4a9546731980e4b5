//! The text of a list in one language, in print order; every output format prints it.

use jiff::civil::Date;

use crate::choice_list::language::Language;
use crate::ledger::list_id::ListId;
use crate::provider::ProviderId;
use crate::service::Service;

/// Facts about the list itself.
#[derive(Clone, Copy)]
pub(crate) struct DocumentMetadata<'a> {
    /// The list ID.
    pub id: ListId,
    /// The date of the list.
    pub made_on: Date,
    /// The build date of the directory.
    pub directory_on: Date,
    /// Whether the directory is sample data.
    pub synthetic: bool,
    /// Looks up the name of a provider that may not be on the list.
    pub name_of: &'a dyn Fn(&ProviderId) -> Option<String>,
}

/// A list ready for printing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListDocument {
    /// The language of the text.
    pub language: Language,
    /// The title.
    pub title: String,
    /// A word across every page, such as DRAFT; `None` for a list that can be filed.
    pub watermark: Option<String>,
    /// Warnings, such as why it is a draft, each with its language.
    pub notices: Vec<(Language, String)>,
    /// Hospital, date, list number and phone.
    pub head: Vec<String>,
    /// The sections below.
    pub sections: Vec<ListSection>,
    /// The warnings in short, printed on every page.
    pub again: Vec<(Language, String)>,
    /// The list number and the date of the facts, printed on every page.
    pub foot: String,
}

/// A heading and its blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListSection {
    /// What the section is.
    pub kind: SectionKind,
    /// The service it is about; `None` for sections about the whole list.
    pub service: Option<Service>,
    /// The heading.
    pub title: String,
    /// The blocks below it.
    pub blocks: Vec<ListBlock>,
}

/// What a section is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum SectionKind {
    /// The right to choose.
    Right,
    /// What the list covers.
    Scope,
    /// The providers that the patient asked to see first.
    Selected,
    /// All providers, where coverage does not group them.
    Places,
    /// Providers in network.
    InNetwork,
    /// Providers of which it is not known.
    NotConfirmed,
    /// Providers out of network.
    OutOfNetwork,
    /// Financial interests.
    Interests,
    /// Sharing arrangements.
    Sharing,
    /// What the hospital recommends.
    Recommendation,
    /// Agencies that asked to be listed.
    Asked,
    /// How to compare providers.
    Compare,
    /// Fields to fill in by hand.
    Record,
    /// The rules that the list follows.
    Rules,
    /// The notice of free language help.
    LanguageHelp,
    /// What a letter asks for.
    Request,
    /// The question that a letter is about.
    Question,
    /// Providers that were checked.
    Checked,
    /// Providers that can take the patient.
    Capable,
    /// Standards for the network of a plan.
    Standards,
    /// The sources of a letter.
    Sources,
    /// A teaching sheet about a level of care.
    TeachingSheet,
}

impl SectionKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 22] = [
        Self::Right,
        Self::Scope,
        Self::Selected,
        Self::Places,
        Self::InNetwork,
        Self::NotConfirmed,
        Self::OutOfNetwork,
        Self::Interests,
        Self::Sharing,
        Self::Recommendation,
        Self::Asked,
        Self::Compare,
        Self::Record,
        Self::Rules,
        Self::LanguageHelp,
        Self::Request,
        Self::Question,
        Self::Checked,
        Self::Capable,
        Self::Standards,
        Self::Sources,
        Self::TeachingSheet,
    ];

    /// The name the API uses.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Scope => "scope",
            Self::Selected => "selected",
            Self::Places => "places",
            Self::InNetwork => "in_network",
            Self::NotConfirmed => "not_confirmed",
            Self::OutOfNetwork => "out_of_network",
            Self::Interests => "interests",
            Self::Sharing => "sharing",
            Self::Recommendation => "recommendation",
            Self::Asked => "asked",
            Self::Compare => "compare",
            Self::Record => "record",
            Self::Rules => "rules",
            Self::LanguageHelp => "language_help",
            Self::Request => "request",
            Self::Question => "question",
            Self::Checked => "checked",
            Self::Capable => "capable",
            Self::Standards => "standards",
            Self::Sources => "sources",
            Self::TeachingSheet => "teaching_sheet",
        }
    }
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ListBlock {
    /// A heading within the section.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// The providers, without numbers.
    Places(Vec<ProviderEntry>),
    /// A bulleted list.
    Points(Vec<TextLine>),
    /// Fields to fill in by hand.
    Blanks(Vec<BlankField>),
    /// One notice in several languages.
    Languages(Vec<TranslatedNotice>),
}

/// One provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProviderEntry {
    /// Its name.
    pub name: String,
    /// Its facts, one per line.
    pub lines: Vec<TextLine>,
}

/// A field to fill in by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BlankField {
    /// What to fill in.
    pub label: String,
    /// Whether it needs the room of several lines, such as for a label.
    pub is_large: bool,
}

/// A notice in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TranslatedNotice {
    /// The ISO 639-1 code of the language.
    pub language: &'static str,
    /// The text.
    pub text: String,
    /// What is printed in the list's language where the font lacks letters of the text.
    pub instead: String,
}

/// A line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextLine {
    /// The text.
    pub text: String,
    /// The language, if different from the list's: the hospital's own words are not translated.
    pub own: Option<Language>,
}

impl From<String> for TextLine {
    fn from(text: String) -> Self {
        Self { text, own: None }
    }
}

impl TextLine {
    /// A line in the hospital's own words, which are English.
    pub(crate) fn of_hospital(text: &str) -> Self {
        Self { text: text.to_owned(), own: Some(Language::English) }
    }
}
