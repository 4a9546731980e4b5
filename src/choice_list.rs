//! The patient's choice list (42 CFR 482.43(c)): every place that fits, in a neutral order, in plain words.
//!
//! Made from a report and from what the hospital says of itself. No score and no "recommended": the order is by distance or by name.
