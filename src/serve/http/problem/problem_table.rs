//! A macro that makes the enum of problems, and all that follows from one, from a table with a row
//! for each problem.

/// Declares [`super::Problem`] and [`super::ProblemKind`].
///
/// A row is `Name { field: Type = example } => STATUS, "code", "title" { detail: … }`. `detail`
/// says what the caller can do about it. `people` says it to a person in a browser, who knows
/// nothing of paths and headers, if that needs other words. Both may use the fields. The examples
/// appear in the OpenAPI document.
macro_rules! problems {
    ($(
        $(#[$doc:meta])*
        $name:ident
            $( { $( $(#[$field_doc:meta])* $field:ident : $type:ty = $example:expr ),+ $(,)? } )?
            $( ( $held:ident : $held_type:ty = $held_example:expr ) )?
            => $status:ident, $code:literal, $title:literal
            { detail: $detail:expr $(, people: $people:expr )? $(,)? }
    )+) => {
        /// Why a request was not answered.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Problem {
            $( $(#[$doc])* $name $( { $( $(#[$field_doc])* $field: $type ),+ } )? $( ( $held_type ) )? ),+
        }

        /// The kinds of problems, without their fields.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProblemKind {
            $( $(#[$doc])* $name ),+
        }

        impl ProblemKind {
            /// Every kind.
            pub const ALL: &[Self] = &[ $( Self::$name ),+ ];

            /// An example of this kind.
            pub(crate) fn example(self) -> Problem {
                match self {
                    $( Self::$name => Problem::$name $( { $( $field: $example ),+ } )? $( ( {
                        let $held: $held_type = $held_example;
                        $held
                    } ) )? ),+
                }
            }
        }

        #[allow(unused_variables, reason = "not every text uses every field")]
        impl Problem {
            /// Its kind.
            pub fn kind(&self) -> ProblemKind {
                match self { $( Self::$name { .. } => ProblemKind::$name ),+ }
            }

            /// The HTTP status.
            pub fn status(&self) -> StatusCode {
                match self { $( Self::$name { .. } => StatusCode::$status ),+ }
            }

            /// The stable code for programs.
            pub fn code(&self) -> &'static str {
                match self { $( Self::$name { .. } => $code ),+ }
            }

            /// What is wrong, in a few words.
            pub fn title(&self) -> &'static str {
                match self { $( Self::$name { .. } => $title ),+ }
            }

            /// What the caller can do about it.
            pub(crate) fn detail(&self) -> Cow<'static, str> {
                match self {
                    $( Self::$name $( { $( $field ),+ } )? $( ( $held ) )? => Cow::from($detail) ),+
                }
            }

            /// The same for a person in a browser, if that needs other words.
            fn own_words_for_people(&self) -> Option<Cow<'static, str>> {
                match self {
                    $( Self::$name $( { $( $field ),+ } )? $( ( $held ) )? => problems!(@words $( $people )?) ),+
                }
            }
        }
    };
    (@words) => { None };
    (@words $people:expr) => { Some(Cow::from($people)) };
}

pub(crate) use problems;
