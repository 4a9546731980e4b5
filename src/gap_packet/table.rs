//! The table of a packet: a row for each provider in network that was checked, and for each out of network that can take the
//! patient.

use crate::discharge::Discharge;
use crate::evidence::Tristate;
use crate::gap_packet::{GapPacket, GapReason, reasons};
use crate::matching::gap_evidence::GapFinding;
use crate::matching::report::{Acceptance, NetworkAnswer};
use crate::place::Miles;
use crate::provider::Provider;
use crate::service::DeliveryMode;

/// Which part of the packet a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowGroup {
    /// The plan lists it, and it was checked.
    InNetwork,
    /// It is out of network and can take the patient.
    OutOfNetwork,
}

impl RowGroup {
    /// What people read.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::InNetwork => "in network, checked",
            Self::OutOfNetwork => "out of network, accepts everything required",
        }
    }
}

/// One row.
#[derive(Debug, Clone)]
pub(crate) struct PacketRow<'a> {
    /// The part it belongs to.
    pub group: RowGroup,
    /// The provider.
    pub provider: &'a Provider,
    /// Straight-line miles; `None` for a service that comes to the patient.
    pub distance: Option<Miles>,
    /// Its status in the network.
    pub network: &'a NetworkAnswer,
    /// What it accepts; `None` if it is excluded.
    pub acceptance: Option<&'a Acceptance>,
    /// Why it does not meet the question; empty if it is out of network and can take the patient.
    pub reasons: Vec<GapReason<'a>>,
}

impl PacketRow<'_> {
    /// The labels of everything required that it answers with yes.
    pub(crate) fn accepted(&self) -> Vec<&'static str> {
        let answers = self.acceptance.into_iter().flat_map(|acceptance| &acceptance.answers);
        answers
            .filter(|answer| answer.required && answer.answer == Tristate::Yes)
            .map(|answer| answer.asked.label())
            .collect()
    }
}

/// The rows of `packet`: those in network, then those out of network, in the order of the evidence.
pub(crate) fn rows<'a>(packet: &GapPacket<'a>) -> Vec<PacketRow<'a>> {
    let (discharge, evidence) = (packet.discharge, packet.evidence);
    let listed = evidence.listed.iter().map(|checked| PacketRow {
        group: RowGroup::InNetwork,
        provider: &checked.provider,
        distance: printed_distance(checked.distance, discharge),
        network: &checked.network,
        acceptance: match &checked.finding {
            GapFinding::Unmet(found) => Some(&found.acceptance),
            GapFinding::Excluded(_) => None,
        },
        reasons: reasons(checked, discharge),
    });
    let capable = evidence.capable.iter().map(|found| PacketRow {
        group: RowGroup::OutOfNetwork,
        provider: &found.provider,
        distance: printed_distance(found.distance, discharge),
        network: &found.network,
        acceptance: Some(&found.acceptance),
        reasons: Vec::new(),
    });
    listed.chain(capable).collect()
}

fn printed_distance(distance: Option<Miles>, discharge: &Discharge) -> Option<Miles> {
    distance.filter(|_| discharge.geography() == DeliveryMode::PatientTravels)
}
