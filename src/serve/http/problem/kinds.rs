//! Every problem there is.

use crate::choice_list::TooLong;
use crate::discharge::FieldError;
use crate::serve::http::problem::Problem;

/// One problem of each kind, as an example.
pub(crate) fn each() -> Vec<Problem> {
    let fault = FieldError {
        pointer: "/service".to_owned(),
        code: "no_such_service",
        detail: "there is no service \"skilled_nursng\"".to_owned(),
        hint: Some("did you mean skilled_nursing?".to_owned()),
    };
    let search = FieldError {
        pointer: "?nam".to_owned(),
        code: "unknown_parameter",
        detail: "there is no such parameter".to_owned(),
        hint: Some("did you mean name?".to_owned()),
    };
    vec![
        Problem::NotJson { what: "expected value at line 1 column 12".to_owned() },
        Problem::Invalid(fault.into()),
        Problem::NoSuchRoute,
        Problem::NoSuchProvider,
        Problem::NoSuchList,
        Problem::NoSuchResource,
        Problem::NoSuchType,
        Problem::NotASearch(search.into()),
        Problem::NotFhirJson,
        Problem::PageGone,
        Problem::WrongMethod,
        Problem::NotAcceptable,
        Problem::NoSuchFormat,
        Problem::TooSlow,
        Problem::ReadTooSlowly,
        Problem::TooLarge,
        Problem::TooMuch,
        Problem::NoHost,
        Problem::NotGzip,
        Problem::WrongType,
        Problem::WrongEncoding { taken: "gzip" },
        Problem::NotAForm,
        Problem::FromElsewhere,
        Problem::Unauthorized { why: "Nothing says who sends this." },
        Problem::Forbidden { needs: "the scope match".into() },
        Problem::TooMany { seconds: 2 },
        Problem::DailyLimit { what: "choice lists", seconds: 18_000 },
        Problem::ListTooLong(TooLong { places: 482, picked: false, within_miles: Some(11) }),
        Problem::Misdirected,
        Problem::NoPrefetch { missing: vec!["encounter", "serviceRequest"] },
        Problem::NoDirectory,
        Problem::NoLedger,
        Problem::Busy,
        Problem::ListNotRead,
        Problem::Internal,
    ]
}

/// The codes of all problems.
pub(crate) fn codes() -> Vec<&'static str> {
    let mut codes: Vec<&str> = Vec::new();
    for code in each().iter().map(Problem::code) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}
