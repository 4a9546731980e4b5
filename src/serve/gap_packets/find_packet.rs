//! Finds a recorded packet.

use crate::ledger::packet_id::PacketId;
use crate::ledger::recorded_list::RecordedList;
use crate::serve::http::problem::Problem;
use crate::serve::state::AppState;

/// The recorded packet `id` in every format.
pub(crate) async fn recorded(app: &AppState, id: PacketId) -> Result<RecordedList, Problem> {
    let ledger = app.ledger.as_ref().ok_or(Problem::NoLedger)?;
    let found = ledger.list(id.sealed_under()).await.map_err(|error| {
        tracing::error!(%error, "a packet could not be read");
        if ledger.is_open() { Problem::PacketNotRead } else { Problem::NoLedger }
    });
    found?.filter(|list| app.may_open(list)).ok_or(Problem::NoSuchPacket)
}
