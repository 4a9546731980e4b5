//! Can the patient get there, or they to the patient?
