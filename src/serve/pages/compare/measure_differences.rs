//! The published measures of quality in which the compared providers differ.

use crate::provider::quality::{MeasureValue, SupportingMeasure};
use crate::serve::pages::compare::compared_provider::ComparedProvider;
use crate::serve::pages::compare::difference_sentence::DifferenceSentence;

/// "Inspections: A 4, B 2, C not reported." for each measure in which two or more differ. Silence alone is no difference.
pub(crate) fn measures(sides: &[ComparedProvider]) -> Vec<DifferenceSentence> {
    let sides: Vec<&ComparedProvider> = sides.iter().filter(|side| side.line().is_some()).collect();
    SupportingMeasure::ALL.into_iter().filter_map(|measure| measured(measure, &sides)).collect()
}

fn measured(measure: SupportingMeasure, sides: &[&ComparedProvider]) -> Option<DifferenceSentence> {
    let value = |side: &ComparedProvider| -> Option<MeasureValue> {
        side.line().and_then(|line| line.measures.get(&measure)).map(|fact| fact.value)
    };
    let known: Vec<MeasureValue> = sides.iter().filter_map(|side| value(side)).collect();
    if known.windows(2).all(|pair| pair[0] == pair[1]) {
        return None;
    }
    let mut sentence = DifferenceSentence::default().words(format!("{}: ", measure.label()));
    for (at, side) in sides.iter().enumerate() {
        sentence = if at > 0 { sentence.words(", ") } else { sentence };
        let said = value(side).map_or_else(|| "not reported".to_owned(), |value| value.to_string());
        sentence = sentence.names(&[*side]).words(format!(" {said}"));
    }
    Some(sentence.words("."))
}
