//! The ledger entries about one provider, as they change what the directory says of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::Date;

use crate::evidence::Evidence;
use crate::overlay::line_record::LineRecord;
use crate::overlay::line_statements::{CandidatePatch, override_fact};
use crate::provider::{Phone, Provider, ProviderId, ReferralStats};
use crate::service::Service;

/// The overlay of one provider.
#[derive(Debug, Default)]
pub(crate) struct ProviderOverlay {
    /// No other overlay has it, before or later.
    pub(crate) number: u64,
    /// The ids under which the ledger has entries about it, in order.
    pub(crate) ids: BTreeSet<ProviderId>,
    pub(crate) services: Vec<ServiceOverlay>,
    /// The telephone number for admissions that it states.
    pub(crate) admissions: Option<(Phone, Evidence)>,
}

/// The overlay of one of its services.
#[derive(Debug, Clone)]
pub(crate) struct ServiceOverlay {
    pub(crate) service: Service,
    pub(crate) patch: Arc<CandidatePatch>,
    pub(crate) outcomes: Option<ReferralStats>,
    pub(crate) record: LineRecord,
}

/// The number of the next overlay.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(1);

impl ProviderOverlay {
    /// A new overlay.
    pub(crate) fn new(
        ids: BTreeSet<ProviderId>,
        services: Vec<ServiceOverlay>,
        admissions: Option<(Phone, Evidence)>,
    ) -> Self {
        Self { number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed), ids, services, admissions }
    }

    /// The overlay of `service`, if it has one.
    pub(crate) fn get_or_build(&self, service: Service) -> Option<&ServiceOverlay> {
        self.services.iter().find(|over| over.service == service)
    }

    /// `provider` with its availability on `day`.
    pub(crate) fn applied_to(&self, mut provider: Provider, day: Date) -> Provider {
        if let Some((phone, evidence)) = &self.admissions {
            provider.phone = Some(override_fact(*phone, evidence.clone(), provider.phone.take()));
        }
        for over in &self.services {
            if let Some(line) = provider.lines.iter_mut().find(|line| line.service == over.service) {
                over.patch.word.apply_to(line, day);
                line.outcomes.clone_from(&over.outcomes);
                line.record = over.record.shown();
            }
        }
        provider
    }

    /// Whether `other` is the same overlay, made from the same patches.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let same = |(one, other): (&ServiceOverlay, &ServiceOverlay)| {
            let is_counted_alike = one.outcomes == other.outcomes && one.record == other.record;
            one.service == other.service && Arc::ptr_eq(&one.patch, &other.patch) && is_counted_alike
        };
        let services = self.services.iter().zip(&other.services);
        let same_line = self.admissions == other.admissions;
        same_line && self.ids == other.ids && self.services.len() == other.services.len() && services.into_iter().all(same)
    }
}
