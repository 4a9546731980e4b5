//! What an update says, the same in every format. It names no patient, no ZIP and no need.

use jiff::Zoned;
use jiff::civil::Date;

use crate::coverage::Coverage;
use crate::discharge::Discharge;
use crate::discharge::screen_facts::ScreenFacts;
use crate::discharge::screen_values::ScreenPayer;
use crate::overlay::LiveDirectory;
use crate::phrases;
use crate::prior_authorization::values::RequestSpeed;
use crate::screens::judgment::ScreenStatus;
use crate::screens::{ScreenEntry, screen};
use crate::serve::pages::answer_link::reason_label;
use crate::serve::state::AppState;
use crate::service::Service;
use crate::statements::DeclineReason;
use crate::statements::referral_request::record::{AskedProvider, ReferralRequest};
use crate::statements::referral_request::{ReferralState, tells_of_substance_use};
use crate::text::us_date::us_date;

/// What every update says of itself.
pub(crate) const NOTICE: &str = "This update names no patient: add the reference number of the payer. It says what the cited rules ask \
                                 and what was entered, not that something is covered. Records are sent apart from it.";

/// What an update is about.
#[derive(Debug)]
pub(crate) struct UpdateSubject {
    pub(crate) discharge: Discharge,
    pub(crate) screens: ScreenFacts,
    pub(crate) speed: Option<RequestSpeed>,
}

/// An update.
#[derive(Debug)]
pub(crate) struct PayerUpdate {
    pub(crate) hospital: Option<String>,
    pub(crate) now: Zoned,
    pub(crate) service: Service,
    pub(crate) discharge_on: Date,
    pub(crate) payer: ScreenPayer,
    /// The name of the plan, if the directory knows it.
    pub(crate) plan: Option<String>,
    pub(crate) speed: Option<RequestSpeed>,
    /// What each rule gives.
    pub(crate) screens: Vec<ScreenEntry>,
    /// The providers that were asked; `None` without a referral request.
    pub(crate) options: Option<Vec<AskedOption>>,
    /// The generation of the directory.
    pub(crate) generation: String,
    /// Whether the directory is the sample.
    pub(crate) is_synthetic: bool,
}

/// A provider that was asked.
#[derive(Debug)]
pub(crate) struct AskedOption {
    pub(crate) provider: String,
    /// Its name, or its id if it has left the directory.
    pub(crate) name: String,
    pub(crate) asked_at: Zoned,
    pub(crate) state: ReferralState,
    /// Why it declined, or what it needs to know: a code and a text.
    pub(crate) reason: Option<(String, String)>,
    pub(crate) changed_at: Zoned,
}

impl PayerUpdate {
    /// The update about `subject`, with the providers of `referral`.
    pub(crate) fn new(
        app: &AppState,
        served: &LiveDirectory,
        subject: &UpdateSubject,
        referral: Option<&ReferralRequest>,
    ) -> Self {
        let discharge = &subject.discharge;
        let manifest = served.base().manifest();
        let now = (app.now)();
        let option = |asked: &AskedProvider| AskedOption::new(served, asked, &now);
        Self {
            hospital: app.hospital.name.clone(),
            service: discharge.service,
            discharge_on: discharge.on,
            payer: subject.screens.payer_of(discharge.coverage.as_ref()),
            // A plan that the directory does not know is free text.
            plan: discharge.coverage.as_ref().and_then(|coverage| match coverage {
                Coverage::Networks { name, .. } => Some(name.clone()),
                Coverage::Medicare | Coverage::Medicaid(_) | Coverage::SelfPay | Coverage::UnknownPlan { .. } => None,
            }),
            speed: subject.speed,
            screens: screen(discharge, &subject.screens),
            options: referral.map(|referral| referral.providers.iter().map(option).collect()),
            generation: manifest.generation.clone(),
            is_synthetic: manifest.synthetic,
            now,
        }
    }

    /// The rules with one result.
    pub(crate) fn with_status(&self, status: ScreenStatus) -> impl Iterator<Item = &ScreenEntry> {
        self.screens.iter().filter(move |entry| entry.status == status)
    }

    /// "3 rules are met as entered, 1 is not met, 2 are open."
    pub(crate) fn summary(&self) -> String {
        let count = |status| self.with_status(status).count();
        format!(
            "Rules that apply: met {}, not met {}, not known {}.",
            count(ScreenStatus::Met),
            count(ScreenStatus::NotMet),
            count(ScreenStatus::Unknown)
        )
    }

    /// What the update is about, each with its name.
    pub(crate) fn about(&self) -> Vec<(&'static str, String)> {
        let mut about = vec![
            ("Level of care", self.service.label().to_owned()),
            ("Discharge", us_date(self.discharge_on)),
            ("Payer", self.payer.label().to_owned()),
        ];
        about.extend(self.plan.clone().map(|plan| ("Plan", plan)));
        about.extend(self.speed.map(|speed| ("Kind of request", speed.label().to_owned())));
        about.extend(self.hospital.clone().map(|hospital| ("From", hospital)));
        about.push(("Written", moment(&self.now)));
        about.extend(self.is_synthetic.then(|| ("Data", "invented sample: do not use for patient care".to_owned())));
        about
    }
}

impl AskedOption {
    fn new(served: &LiveDirectory, asked: &AskedProvider, now: &Zoned) -> Self {
        let name = served.base().provider_of(&asked.provider).map(|provider| phrases::name(&provider));
        let reason = asked.step.why.map(declined);
        let missing = asked.step.missing.map(|missing| (missing.code().to_owned(), missing.label().to_owned()));
        let zone = now.time_zone();
        Self {
            provider: asked.provider.to_string(),
            name: name.unwrap_or_else(|| asked.provider.to_string()),
            asked_at: asked.asked_at.to_zoned(zone.clone()),
            state: asked.step.to,
            reason: reason.or(missing),
            changed_at: asked.changed_at.to_zoned(zone.clone()),
        }
    }

    /// "Declined: No bed or no staff", with the day.
    pub(crate) fn result(&self) -> String {
        let reason = self.reason.as_ref().map(|(_, text)| format!(": {text}")).unwrap_or_default();
        format!("{}{reason}", self.state.label())
    }
}

/// The code and the text of a decline. A need about substance use is not named (42 CFR part 2).
fn declined(why: DeclineReason) -> (String, String) {
    match why {
        DeclineReason::Need(need) if tells_of_substance_use(need) => {
            ("declines".to_owned(), "Cannot provide a need".to_owned())
        }
        why => (why.code(), reason_label(why)),
    }
}

/// "Nov 30, 2026, 14:20 CST".
pub(crate) fn moment(at: &Zoned) -> String {
    at.strftime("%b %-d, %Y, %H:%M %Z").to_string()
}
