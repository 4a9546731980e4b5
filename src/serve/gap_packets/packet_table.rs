//! The table of a packet as CSV.

use crate::catalog::manifest::Manifest;
use crate::gap_packet::GapPacket;
use crate::gap_packet::letter::PacketMetadata;
use crate::gap_packet::table::{PacketRow, rows};
use crate::phrases;
use crate::provider::Address;
use crate::serve::http::problem::Problem;
use crate::serve::pages::export::comma_separated;
use crate::serve::pages::export::table::{ExportCell, ExportTable};

/// The column headings and widths, in characters.
const COLUMNS: &[(&str, u16)] = &[
    ("Part", 30),
    ("Provider id", 16),
    ("Name", 34),
    ("Street", 26),
    ("City", 18),
    ("State", 6),
    ("ZIP", 8),
    ("Phone", 14),
    ("Miles", 8),
    ("Network status", 16),
    ("Network", 44),
    ("Network source", 34),
    ("Counted as", 24),
    ("Why it does not meet", 60),
    ("Accepts", 30),
    ("Packet", 32),
    ("Made on", 12),
    ("Directory", 26),
    ("Synthetic", 16),
];

/// Renders the table of `packet` as CSV.
pub(crate) fn written(packet: &GapPacket<'_>, about: &PacketMetadata, manifest: &Manifest) -> Result<Vec<u8>, Problem> {
    let rows = rows(packet).iter().map(|row| cells(row, about, manifest)).collect();
    let table = ExportTable { columns: COLUMNS, sheet: "Packet", rows, is_cut: false, about: Vec::new() };
    comma_separated::bytes(&table).ok_or_else(|| {
        tracing::error!("cannot write the table of a packet");
        Problem::Internal
    })
}

fn cells(row: &PacketRow<'_>, about: &PacketMetadata, manifest: &Manifest) -> Vec<ExportCell> {
    let provider = row.provider;
    let address = provider.address.as_ref().map(|fact| &fact.value);
    let of_address = |part: fn(&Address) -> String| ExportCell::Text(address.map(part).unwrap_or_default());
    let reasons = row.reasons.iter().map(|reason| match reason.evidence {
        Some(by) => format!("{} ({by})", reason.why),
        None => reason.why.clone(),
    });
    vec![
        row.group.label().to_owned().into(),
        provider.id.to_string().into(),
        provider.name.value.clone().into(),
        of_address(|address| address.street.clone()),
        of_address(|address| address.city.clone()),
        of_address(|address| address.state.map(|state| state.to_string()).unwrap_or_default()),
        of_address(|address| address.zip.map(|zip| zip.to_string()).unwrap_or_default()),
        provider.phone.as_ref().map(|fact| fact.value.to_string()).unwrap_or_default().into(),
        row.distance.map_or_else(|| ExportCell::Text(String::new()), |miles| ExportCell::Number(tenths(miles.value()))),
        row.network.status.code().to_owned().into(),
        phrases::network_dated(row.network, phrases::iso_date).into(),
        row.network.evidence.as_ref().map(ToString::to_string).unwrap_or_default().into(),
        row.reasons.first().map(|reason| reason.code.clone()).unwrap_or_default().into(),
        reasons.collect::<Vec<_>>().join("; ").into(),
        row.accepted().join("; ").into(),
        about.id.to_string().into(),
        about.made_on.to_string().into(),
        manifest.generation.clone().into(),
        if manifest.synthetic { "invented sample" } else { "" }.to_owned().into(),
    ]
}

/// Miles with one decimal, as on the letter.
fn tenths(miles: f64) -> f64 {
    (miles * 10.0).round() / 10.0
}
