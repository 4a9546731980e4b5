//! The groups of people a line is for: what its profile says, else what its name suggests.

use crate::evidence::{Evidence, Fact};
use crate::provider::safety::ServedGroup;
use crate::refresh::reconcile::ProviderMerge;
use crate::refresh::reconcile::precedence::ConflictField;
use crate::service::Service;
use crate::text::fold_words;

/// The source of what a name suggests.
const NAME_SUGGESTS: &str = "its name suggests";

impl ProviderMerge<'_> {
    /// The groups of people a line is for, where it is for some only.
    pub(crate) fn serves(&mut self, service: Service, name: &Fact<String>) -> Vec<Fact<ServedGroup>> {
        let groups = self.stated((ConflictField::Serves, service), "whom it is for", |a| {
            Some(a.serves.clone()).filter(|groups| !groups.is_empty())
        });
        if let Some(groups) = groups {
            return groups.value.into_iter().map(|group| Fact::new(group, groups.evidence.clone())).collect();
        }
        let suggested = suggested_by(&name.value).filter(|_| has_telling_name(service));
        let evidence = Evidence::new(NAME_SUGGESTS, name.evidence.as_of);
        suggested.map(|group| Fact::new(group, evidence)).into_iter().collect()
    }
}

/// Whether the name of such a provider tells whom it is for. Agencies for children mostly see grown-ups too.
fn has_telling_name(service: Service) -> bool {
    matches!(service, Service::SkilledNursing | Service::InpatientRehab | Service::LongTermAcute)
}

/// The group that a name suggests.
///
/// "Veterans" alone is also the name of memorials and avenues, and "Soldiers" of a town, so a word for a home stands beside it. Names of
/// religious orders suggest nothing: most of their homes serve the public.
fn suggested_by(name: &str) -> Option<ServedGroup> {
    let words = fold_words(name);
    let words: Vec<&str> = words.split(' ').collect();
    let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
    if has(&["children", "childrens", "pediatric", "kids"]) && !has(&["women", "womens"]) {
        return Some(ServedGroup::Children);
    }
    let home = has(&["home", "homes", "hm", "house", "village", "center", "centre", "nursing", "facility"]);
    (has(&["veteran", "veterans", "soldiers"]) && home && !has(&["hospital"])).then_some(ServedGroup::Veterans)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_suggests_a_group_only_where_it_is_plain() {
        for (name, group) in [
            ("LARKWATER CHILDREN'S CARE CENTER", Some(ServedGroup::Children)),
            ("LARKWATER CHILDRENS HOSPITAL - REHAB", Some(ServedGroup::Children)),
            ("Larkwater Pediatric Subacute", Some(ServedGroup::Children)),
            ("LARKWATER KIDS REHABILITATION HOSPITAL", Some(ServedGroup::Children)),
            ("LARKWATER CENTER FOR WOMEN & CHILDREN", None),
            ("AVIR AT CHILDRESS", None),
            ("LARKWATER CENTER FOR REHABILITATION AND PEDIATRICS", None),
            ("LARKWATER STATE VETERANS HOME", Some(ServedGroup::Veterans)),
            ("LARKWATER VALLEY VETERAN'S CENTER", Some(ServedGroup::Veterans)),
            ("LARKWATER SOLDIERS' HOME", Some(ServedGroup::Veterans)),
            ("SOLDIERS GROVE HEALTH SERVICES", None),
            ("LARKWATER VETERANS MEMORIAL HOSPITAL", None),
            ("LARKWATER ESTATES AT VETERANS MEMORIAL", None),
            ("ST. LARK HOME", None),
            ("LITTLE SISTERS OF THE POOR", None),
        ] {
            assert_eq!(suggested_by(name), group, "{name}");
        }
    }
}
