//! A list as JSON: who stands on it, for programs, and the words it was printed in.

use jiff::civil::Date;
use serde::Serialize;

use crate::care::Geography;
use crate::choice_list::paper::{Block, Entry, Imprint, Line, Paper, Section};
use crate::choice_list::{ChoiceList, Listed};
use crate::hospital::Interest;
use crate::live::Live;
use crate::matching::{Directory, Serves};
use crate::place::Miles;
use crate::provider::{Rating, ServiceLine, stated};
use crate::serve::piece::{DirectoryPiece, NetworkPiece, ProviderPiece, Said, printed_miles};
use crate::serve::problem::Problem;
use crate::serve::question::CoveragePiece;
use crate::serve::rendered;
use crate::serve::report::Ground;

/// `list` as JSON.
pub(super) fn written(
    list: &ChoiceList<'_>,
    paper: &Paper,
    imprint: &Imprint<'_>,
    served: &Live,
) -> Result<Vec<u8>, Problem> {
    let discharge = list.discharge;
    let wire = ListWire {
        id: imprint.id.to_string(),
        made_on: imprint.made_on,
        directory: Ground::from(served).into(),
        language: list.language.code(),
        reviewed: list.language.reviewed(),
        hospital: list.hospital.name.as_deref(),
        service: discharge.service.code(),
        near: NearWire { zip: discharge.near.zip.to_string(), state: discharge.near.state.to_string() },
        within_miles: discharge.within.map(Miles::value),
        coverage: discharge.coverage.as_ref().map(|coverage| CoveragePiece::new(coverage, served.base().plans())),
        order: list.order.code(),
        complete: list.is_whole(),
        matched: list.all.len(),
        providers: list.listed.iter().map(|listed| ListedWire::new(listed, list)).collect(),
        interests: InterestsWire::of(list),
        asked_to_be_listed_kept: list.hospital.asked_to_be_listed.is_some(),
        printed: paper.into(),
    };
    rendered(&wire).map(|body| body.to_vec())
}

/// The whole list. Of the patient it holds the ZIP and the plan, nothing else.
#[derive(Debug, Serialize)]
struct ListWire<'a> {
    id: String,
    made_on: Date,
    directory: DirectoryPiece<'a>,
    language: &'static str,
    reviewed: bool,
    hospital: Option<&'a str>,
    service: &'static str,
    near: NearWire,
    within_miles: Option<f64>,
    coverage: Option<CoveragePiece<'a>>,
    order: &'static str,
    complete: bool,
    matched: usize,
    providers: Vec<ListedWire<'a>>,
    interests: InterestsWire<'a>,
    asked_to_be_listed_kept: bool,
    printed: PrintedWire<'a>,
}

#[derive(Debug, Serialize)]
struct NearWire {
    zip: String,
    state: String,
}

#[derive(Debug, Serialize)]
struct ListedWire<'a> {
    provider: ProviderPiece<'a>,
    distance_miles: Option<f64>,
    service_area: Option<&'static str>,
    medicare: MedicareWire<'a>,
    network: NetworkPiece<'a>,
    quality: Option<QualityWire<'a>>,
    interest: Option<&'a str>,
    asked_to_be_listed: bool,
}

impl<'a> ListedWire<'a> {
    fn new(listed: &Listed<'a>, list: &ChoiceList<'a>) -> Self {
        let (found, service) = (listed.found, list.discharge.service);
        let travels = service.geography() == Geography::PatientTravels;
        let line = found.provider.line(service);
        Self {
            provider: found.provider.as_ref().into(),
            distance_miles: found.distance.filter(|_| travels).map(printed_miles),
            service_area: (!travels).then_some(match found.serves {
                Serves::Yes => "yes",
                Serves::No => "no",
                Serves::NotPublished => "not_published",
            }),
            medicare: line.into(),
            network: (&found.network).into(),
            quality: line.and_then(QualityWire::of),
            interest: listed.interest.map(|interest| interest.says.as_str()),
            asked_to_be_listed: listed.asked,
        }
    }
}

#[derive(Debug, Serialize)]
struct MedicareWire<'a> {
    answer: &'static str,
    #[serde(flatten)]
    said: Said<'a>,
}

impl<'a> From<Option<&'a ServiceLine>> for MedicareWire<'a> {
    fn from(line: Option<&'a ServiceLine>) -> Self {
        let fact = line.and_then(|line| line.medicare.as_ref());
        Self { answer: stated(fact).code(), said: fact.map(|fact| &fact.evidence).into() }
    }
}

#[derive(Debug, Serialize)]
struct QualityWire<'a> {
    measure: &'static str,
    value: f64,
    highest: u8,
    #[serde(flatten)]
    said: Said<'a>,
}

impl<'a> QualityWire<'a> {
    fn of(line: &'a ServiceLine) -> Option<Self> {
        let fact = line.rating.as_ref()?;
        let Rating { measure, tenths } = fact.value;
        let (_, highest) = measure.scale_tenths();
        let value = f64::from(tenths) / 10.0;
        Some(Self { measure: measure.code(), value, highest: highest / 10, said: (&fact.evidence).into() })
    }
}

/// The financial interests the hospital tells, and whether it has told any or that there are none.
#[derive(Debug, Serialize)]
struct InterestsWire<'a> {
    told: bool,
    list: Vec<InterestWire<'a>>,
}

#[derive(Debug, Serialize)]
struct InterestWire<'a> {
    provider: &'a str,
    says: &'a str,
}

impl<'a> InterestsWire<'a> {
    fn of(choices: &ChoiceList<'a>) -> Self {
        let hospital = choices.hospital;
        let wire = |Interest { provider, says }: &'a Interest| InterestWire { provider: provider.as_str(), says };
        let list: Vec<InterestWire<'a>> = hospital.interests.iter().map(wire).collect();
        Self { told: hospital.no_interests || choices.interests_elsewhere || !list.is_empty(), list }
    }
}

/// What stands on the paper, word for word.
#[derive(Debug, Serialize)]
struct PrintedWire<'a> {
    title: &'a str,
    notices: Vec<NoticeWire<'a>>,
    head: &'a [String],
    sections: Vec<SectionWire<'a>>,
    foot: &'a str,
}

impl<'a> From<&'a Paper> for PrintedWire<'a> {
    fn from(paper: &'a Paper) -> Self {
        Self {
            title: &paper.title,
            notices: paper
                .notices
                .iter()
                .map(|(language, text)| NoticeWire { language: language.code(), text })
                .collect(),
            head: &paper.head,
            sections: paper.sections.iter().map(SectionWire::from).collect(),
            foot: &paper.foot,
        }
    }
}

#[derive(Debug, Serialize)]
struct NoticeWire<'a> {
    language: &'static str,
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct SectionWire<'a> {
    title: &'a str,
    blocks: Vec<BlockWire<'a>>,
}

impl<'a> From<&'a Section> for SectionWire<'a> {
    fn from(section: &'a Section) -> Self {
        Self { title: &section.title, blocks: section.blocks.iter().map(BlockWire::from).collect() }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum BlockWire<'a> {
    Text(&'a str),
    Places(Vec<EntryWire<'a>>),
    Points(Vec<&'a str>),
    Blanks(&'a [String]),
}

impl<'a> From<&'a Block> for BlockWire<'a> {
    fn from(block: &'a Block) -> Self {
        match block {
            Block::Text(text) => Self::Text(text),
            Block::Places(entries) => Self::Places(entries.iter().map(EntryWire::from).collect()),
            Block::Points(points) => Self::Points(texts(points)),
            Block::Blanks(blanks) => Self::Blanks(blanks),
        }
    }
}

#[derive(Debug, Serialize)]
struct EntryWire<'a> {
    name: &'a str,
    lines: Vec<&'a str>,
}

impl<'a> From<&'a Entry> for EntryWire<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self { name: &entry.name, lines: texts(&entry.lines) }
    }
}

fn texts(lines: &[Line]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}
