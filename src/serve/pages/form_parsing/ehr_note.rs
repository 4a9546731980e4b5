//! What an EHR sent and the program did not understand or use, as remarks on the answer.

use crate::discharge::Notice;
use crate::service::{Need, Service};

/// The remarks of the field `ehr`: words `name=value`, written by `cds_hooks::form_body`. Unknown words say
/// nothing.
pub(crate) fn remarks(note: &str) -> Vec<Notice> {
    let all = || note.split_whitespace().filter_map(|word| word.split_once('='));
    let values = |name: &'static str| all().filter(move |(known, _)| *known == name).map(|(_, value)| value);
    let mut texts: Vec<String> = Vec::new();
    if values("from").next().is_some() {
        texts.push("The question was filled in from the EHR. Check it before you call.".to_owned());
    }
    texts.extend(values("coverage").filter_map(coverage).take(1).map(str::to_owned));
    if values("later").next().is_some() {
        texts.push("A coverage that begins later was not used.".to_owned());
    }
    let services: Vec<&str> = values("also").filter_map(|code| code.parse().ok()).map(Service::label).collect();
    if !services.is_empty() {
        texts.push(format!("Also ordered in the EHR, not searched here: {}.", services.join(", ")));
    }
    let needs: Vec<&str> = values("words").filter_map(|code| code.parse::<Need>().ok()).map(Need::label).collect();
    if !needs.is_empty() {
        texts.push(format!("Named in the EHR in words only, not required here: {}.", needs.join(", ")));
    }
    match values("orders").find_map(|count| count.parse::<u32>().ok()) {
        None | Some(0) => {}
        Some(1) => texts.push("1 order of the EHR was not recognized.".to_owned()),
        Some(several) => texts.push(format!("{several} orders of the EHR were not recognized.")),
    }
    texts.into_iter().map(|text| Notice { code: "from_ehr", text }).collect()
}

/// Why the coverage of the EHR is not in the question.
fn coverage(code: &str) -> Option<&'static str> {
    Some(match code {
        "not_sent" => "The EHR sent no coverage.",
        "none_in_force" => "The EHR has no coverage in force.",
        "ended" => "The coverage in the EHR has ended.",
        "not_begun" => "The coverage in the EHR has not begun.",
        "several" => "The EHR has several coverages in force, and none is marked as the first.",
        "not_recognized" => "The plan in the EHR was not recognized.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_understood_is_said_in_words() {
        let said = |note: &str| remarks(note).into_iter().map(|notice| notice.text).collect::<Vec<_>>();
        assert_eq!(said(""), Vec::<String>::new());
        assert_eq!(said("x=1 coverage=x also=x words=x orders=x nothing"), Vec::<String>::new());
        let all = said("from=ehr coverage=not_recognized later=1 also=home_health words=resp.vent orders=2");
        assert_eq!(all.len(), 6, "{all:?}");
        assert!(all[1].contains("not recognized") && all[3].contains("Home health") && all[5].starts_with("2 orders"));
    }
}
