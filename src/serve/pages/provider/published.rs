//! Published quality, safety notices, and groups of people a service is for, as rows.

use jiff::civil::Date;

use crate::matching::freshness::FactKind;
use crate::phrases;
use crate::provider::ServiceLine;
use crate::provider::quality::{QualityMeasure, Rating};
use crate::provider::safety::{SafetyFact, ServedGroup};
use crate::serve::pages::provider::facts::FactRow;

/// What must be known before anything else: safety notices, and that it is for some people only.
pub(crate) fn notices(line: &ServiceLine) -> Vec<FactRow> {
    let safety = line.safety.iter().map(|fact| FactRow::new("Notice", fact, |fact: &SafetyFact| fact.sentence()));
    let served = line.serves.iter().map(|fact| FactRow::new("Is for", fact, |group: &ServedGroup| group.label().to_owned()));
    safety.chain(served).collect()
}

/// The rating, or why there is none, and the measures beside it.
pub(crate) fn quality(line: &ServiceLine, today: Date) -> Vec<FactRow> {
    let rating = QualityMeasure::of(line.service).map(|measure| match (&line.rating_gap, &line.rating) {
        (Some(gap), _) => FactRow::new(measured(measure), gap, |gap| gap.label().to_owned()),
        (None, Some(fact)) => {
            let row = FactRow::new(measured(measure), fact, |rating: &Rating| phrases::rating(*rating));
            row.marked(FactKind::Rating, fact, today)
        }
        (None, None) => FactRow::silent(measured(measure)),
    });
    let measures = line.measures.iter().map(|(measure, fact)| FactRow::new(measure.label(), fact, ToString::to_string));
    rating.into_iter().chain(measures).collect()
}

/// The label of a measure.
pub(crate) fn measured(measure: QualityMeasure) -> &'static str {
    match measure {
        QualityMeasure::NursingHomeOverall => "Overall star rating of CMS",
        QualityMeasure::HomeHealthPatientCare => "Quality of patient care stars of CMS",
        QualityMeasure::HospiceCareIndex => "Hospice Care Index of CMS",
        QualityMeasure::DialysisFacility => "Five star rating of CMS",
        QualityMeasure::DischargeToCommunity => "Discharge to community (CMS)",
    }
}
