//! Looking up a provider without a patient: by number, name and town.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use placement::text::proper_case::proper_case;

use crate::api::{Answer, Api};
use crate::directories;
use crate::provider_pages::page;

/// Types `typed` into the look-up, and follows to the page that it ends on; with the path of that page.
async fn look_up(api: &Api, typed: &str) -> (String, Answer) {
    let body = form_urlencoded::Serializer::new(String::new()).append_pair("provider", typed).finish();
    let request = Request::post("/look-up").header("content-type", "application/x-www-form-urlencoded");
    let mut answer = api.send(request.body(Body::from(body)).unwrap()).await;
    let mut path = "/look-up".to_owned();
    while answer.status == StatusCode::SEE_OTHER {
        path = answer.header("location").to_owned();
        assert!(typed.is_empty() || !path.contains(&typed.replace(' ', "+")) || path.contains("/providers/"), "{path}");
        answer = api.get(&path).await;
    }
    (path, answer)
}

#[tokio::test]
async fn a_number_or_a_name_leads_to_the_page_of_the_provider() {
    let api = Api::sample();
    let known = directories::sample();
    let alone = |name: &str| known.providers.iter().filter(|other| other.name.value.starts_with(name)).count() == 1;
    let provider = known.providers.iter().find(|one| one.ccn.is_some() && alone(&one.name.value)).unwrap();
    let ccn = provider.ccn.as_ref().unwrap().to_string();
    for typed in [ccn.clone(), format!("CCN {ccn}"), provider.id.to_string(), provider.name.value.to_lowercase()] {
        let (path, answer) = look_up(&api, &typed).await;
        assert_eq!((path, answer.status), (format!("/providers/{}", provider.id), StatusCode::OK), "{typed}");
        assert_eq!(page(&answer).named("h1")[0].text(), proper_case(&provider.name.value));
    }
}

#[tokio::test]
async fn the_first_page_has_the_look_up() {
    let page = page(&Api::sample().get("/").await);
    let forms = page.named("form");
    let form = forms.iter().find(|form| form.attribute("action") == Some("/look-up")).unwrap();
    let input = form.named("input")[0];
    assert_eq!((input.attribute("name"), input.attribute("id")), (Some("provider"), Some("provider")));
    assert_eq!(form.named("label")[0].attribute("for"), Some("provider"));
}

#[tokio::test]
async fn a_town_lists_the_providers_in_and_around_it() {
    let api = Api::sample();
    for typed in ["Olathe, KS", "66062"] {
        let (path, answer) = look_up(&api, typed).await;
        assert!(path.starts_with("/look-up/") && answer.status == StatusCode::OK, "{typed}: {path}");
        assert_eq!(answer.header("cache-control"), "no-store");
        let page = page(&answer);
        let caption = page
            .named("caption")
            .into_iter()
            .map(super::strict_markup::Element::words)
            .find(|words| words.contains(" miles of "));
        assert!(caption.as_ref().is_some_and(|caption| caption.contains("Olathe, KS")), "{caption:?}");
        let links: Vec<&str> =
            page.named("th").iter().filter_map(|cell| cell.named("a").first()?.attribute("href")).collect();
        assert!(links.len() > 3 && links.iter().all(|link| link.starts_with("/providers/")), "{links:?}");
        let unique: std::collections::BTreeSet<&&str> = links.iter().collect();
        assert_eq!(unique.len(), links.len(), "each provider once");
    }
}

#[tokio::test]
async fn a_name_of_several_is_a_list_and_nothing_found_is_said() {
    let api = Api::sample();
    let (_, several) = look_up(&api, "manor").await;
    assert_eq!(several.status, StatusCode::OK);
    assert!(page(&several).words().contains("Providers with a similar name"));
    for (typed, said) in
        [("", "Enter a provider name"), ("zzyzx qwrt", "no provider with that name"), ("999999", "no provider with that")]
    {
        let (_, answer) = look_up(&api, typed).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        let page = page(&answer);
        assert!(page.words().contains(said), "{typed}: {}", page.words());
        let inputs = page.named("input");
        let input = inputs.iter().find(|input| input.attribute("id") == Some("provider")).unwrap();
        assert_eq!(input.attribute("value"), Some(typed), "what was typed is kept");
    }
    let gone = api.get(&format!("/look-up/{}", "A".repeat(43))).await;
    assert_eq!(gone.status, StatusCode::GONE);
}
