//! Answer links are guessed: none is found.

use crate::full_size::times;
use crate::referral_attacks::guess_links;

#[tokio::test]
async fn no_guess_of_many_finds_a_link() {
    guess_links(times(500, 100_000)).await;
}
