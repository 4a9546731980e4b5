//! The form as its template prints it.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::phrases;
use crate::provider::{ServiceArea, ServiceLine};
use crate::serve::pages::provider_update::field_names::{
    ADMISSIONS, DAYS_OF_WEEK, counties_field, languages_field, limit_field, need_field, room_field, shown_days, week_field,
    zips_field,
};
use crate::serve::pages::provider_update::own_statements::{OwnStatements, StandingRow, language_names};
use crate::serve::pages::provider_update::read_form::FormFaults;
use crate::service::{DeliveryMode, Limit, Need};
use crate::statements::LONGEST_STATEMENT_DAYS;
use crate::statements::expiry::days_after;
use crate::text::us_date::us_date;

/// The form with what is stated or was typed.
#[derive(Debug)]
pub(crate) struct UpdateForm {
    pub(crate) provider: String,
    pub(crate) version: String,
    /// The first day of room.
    pub(crate) from: Date,
    /// The PIN that opened the page, to be sent again.
    pub(crate) pin: String,
    /// Until when needs, limits and the rest stand that are saved today.
    pub(crate) until: String,
    pub(crate) notice: Option<&'static str>,
    /// The fields that are wrong: id, label and fault.
    pub(crate) faults: Vec<(String, String, String)>,
    pub(crate) services: Vec<ServiceFields>,
    pub(crate) admissions: TypedField,
    pub(crate) standing: Vec<StandingRow>,
    pub(crate) can_confirm: bool,
}

/// The fields of one service.
#[derive(Debug)]
pub(crate) struct ServiceFields {
    pub(crate) code: &'static str,
    pub(crate) label: &'static str,
    pub(crate) week: ChoiceField,
    pub(crate) days: Vec<ChoiceField>,
    pub(crate) later: Vec<ChoiceField>,
    pub(crate) groups: Vec<NeedFields>,
    pub(crate) limits: Vec<TypedField>,
    pub(crate) zips: Option<TypedField>,
    /// The counties that stand for their ZIP codes; `None` if the directory does not know them.
    pub(crate) counties: Option<TypedField>,
    pub(crate) languages: TypedField,
}

/// The needs of one group.
#[derive(Debug)]
pub(crate) struct NeedFields {
    pub(crate) label: &'static str,
    /// How many of them have an answer.
    pub(crate) answered: usize,
    pub(crate) has_fault: bool,
    pub(crate) needs: Vec<ChoiceField>,
}

/// A question with two answers, or none.
#[derive(Debug)]
pub(crate) struct ChoiceField {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) legend: String,
    pub(crate) hint: &'static str,
    pub(crate) value: String,
    pub(crate) fault: Option<String>,
}

/// A field to type into.
#[derive(Debug)]
pub(crate) struct TypedField {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) hint: String,
    pub(crate) value: String,
    pub(crate) fault: Option<String>,
}

/// Where the values and faults of the fields come from.
pub(crate) struct FieldSource<'a> {
    pub(crate) values: &'a BTreeMap<String, String>,
    pub(crate) faults: &'a FormFaults,
}

impl FieldSource<'_> {
    fn choice(&self, name: String, legend: String, hint: &'static str) -> ChoiceField {
        let (value, fault) = self.of(&name);
        ChoiceField { id: id_of(&name), name, legend, hint, value, fault }
    }

    fn typed(&self, name: String, label: String, hint: String) -> TypedField {
        let (value, fault) = self.of(&name);
        TypedField { id: id_of(&name), name, label, hint, value, fault }
    }

    fn of(&self, name: &str) -> (String, Option<String>) {
        (self.values.get(name).cloned().unwrap_or_default(), self.faults.get(name).cloned())
    }
}

/// The name of a field as an id in the page.
fn id_of(name: &str) -> String {
    name.replace(['/', '.'], "-")
}

impl UpdateForm {
    pub(crate) fn new(own: &OwnStatements, today: Date, source: &FieldSource<'_>, pin: &str) -> Self {
        let services: Vec<ServiceFields> =
            own.provider.lines.iter().map(|line| ServiceFields::new(line, own, today, source)).collect();
        let known = own.provider.phone.as_ref().map(|fact| format!("The directory has {}. ", fact.value));
        let hint = format!("{}Hospitals call this number to ask for a bed.", known.unwrap_or_default());
        let admissions = source.typed(ADMISSIONS.to_owned(), "Telephone for admissions".to_owned(), hint);
        let form = Self {
            provider: phrases::name(&own.provider),
            version: own.version(),
            from: today,
            pin: pin.to_owned(),
            until: us_date(days_after(today, LONGEST_STATEMENT_DAYS)),
            notice: None,
            faults: Vec::new(),
            services,
            admissions,
            standing: own.standing(today),
            can_confirm: !own.is_empty(),
        };
        // A fault of the whole form is of no field.
        let whole = source.faults.get("").map(|fault| ("main".to_owned(), "The whole form".to_owned(), fault.clone()));
        let faults = whole.into_iter().chain(form.faults_of_fields()).collect();
        Self { faults, ..form }
    }

    /// In the order of the page.
    fn faults_of_fields(&self) -> Vec<(String, String, String)> {
        let mut faults = Vec::new();
        for service in &self.services {
            let needs = service.groups.iter().flat_map(|group| &group.needs);
            let choices = [&service.week].into_iter().chain(&service.days).chain(&service.later).chain(needs);
            let choices = choices.map(|field| (&field.id, &field.legend, &field.fault));
            let typed = service.limits.iter().chain(&service.zips).chain(&service.counties).chain([&service.languages]);
            let typed = typed.map(|field| (&field.id, &field.label, &field.fault));
            for (id, label, fault) in choices.chain(typed) {
                faults.extend(fault.as_ref().map(|fault| (id.clone(), label.clone(), fault.clone())));
            }
        }
        let field = &self.admissions;
        faults.extend(field.fault.as_ref().map(|fault| (field.id.clone(), field.label.clone(), fault.clone())));
        faults
    }
}

impl ServiceFields {
    fn new(line: &ServiceLine, own: &OwnStatements, today: Date, source: &FieldSource<'_>) -> Self {
        let service = line.service;
        let day_label = |day: Date| {
            let label = day.strftime("%a, %b %-d").to_string();
            if day == today { format!("Today, {}", day.strftime("%b %-d")) } else { label }
        };
        let mut days: Vec<ChoiceField> =
            shown_days(today).map(|day| source.choice(room_field(service, day), day_label(day), "")).collect();
        let later = days.split_off(usize::try_from(DAYS_OF_WEEK).unwrap_or_default());
        let week = source.choice(week_field(service), "All of the next 7 days".to_owned(), "Counts for each day below.");
        let limit = |limit: Limit| {
            let entry = limit.entry();
            let label = entry.map_or(limit.code(), |entry| entry.label.as_str());
            let unit = entry.map_or("", |entry| entry.unit.as_str());
            source.typed(limit_field(service, limit), format!("{label}, {unit}"), String::new())
        };
        let comes = service.geography() == DeliveryMode::ProviderComes;
        let zips = comes.then(|| {
            let known = match &line.area {
                ServiceArea::Zips(fact) => format!("The directory has {} ZIP codes. ", fact.value.len()),
                ServiceArea::NotPublished => String::new(),
            };
            let hint = format!(
                "{known}All ZIP codes you serve, with spaces between. Leave it empty to keep what the directory has."
            );
            source.typed(zips_field(service), "ZIP codes you serve".to_owned(), hint)
        });
        let has_counties = comes && own.catalog.counties().zips.is_some();
        let counties = has_counties.then(|| {
            let hint = "Each stands for every ZIP code that lies in it, also in part, and is saved as these. Names with the state or codes of \
                        five digits, with semicolons between: Clay, MO; 29095.";
            source.typed(counties_field(service), "Counties you serve".to_owned(), hint.to_owned())
        });
        let spoken = line.languages.as_ref().map(|fact| format!("The directory has {}. ", language_names(&fact.value)));
        let hint = format!("{}Such as Spanish, Vietnamese.", spoken.unwrap_or_default());
        Self {
            code: service.code(),
            label: service.label(),
            week,
            days,
            later,
            groups: need_groups(line, source),
            limits: Limit::ALL.map(limit).into(),
            zips,
            counties,
            languages: source.typed(languages_field(service), "Languages your staff speak".to_owned(), hint),
        }
    }
}

/// The needs in the groups of the vocabulary.
fn need_groups(line: &ServiceLine, source: &FieldSource<'_>) -> Vec<NeedFields> {
    let mut groups: Vec<NeedFields> = Vec::new();
    for need in Need::all() {
        let entry = need.entry();
        let hint = if entry.guarded { "To refuse a person for this may violate federal law." } else { "" };
        let field = source.choice(need_field(line.service, need), entry.label.clone(), hint);
        let at = groups.iter().position(|group| group.label == entry.group).unwrap_or_else(|| {
            groups.push(NeedFields { label: &entry.group, answered: 0, has_fault: false, needs: Vec::new() });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(at) {
            group.answered += usize::from(!field.value.is_empty());
            group.has_fault |= field.fault.is_some();
            group.needs.push(field);
        }
    }
    groups
}
