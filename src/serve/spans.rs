//! A span for each request, sent to an OpenTelemetry collector: the route, the result and the
//! directory it was answered from. Nothing that was asked is in it. Only with the feature `otlp`,
//! and only if the environment names a collector.

use std::env;
use std::time::{Duration, SystemTime};

use axum::http::{Method, StatusCode};
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span, SpanKind, Status, Tracer, TracerProvider};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::route::Route;
use crate::serve::metrics::counters::method_label;

/// The variables that name a collector, as OpenTelemetry specifies them.
const COLLECTORS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
/// The variable that names the service; without it, the name is that of the program.
const SERVICE: &str = "OTEL_SERVICE_NAME";

/// Sends spans to a collector.
#[derive(Debug, Clone)]
pub struct RequestTracer {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl RequestTracer {
    /// For the collector that the environment names; `None` if it names none.
    ///
    /// # Errors
    /// The settings of the collector in the environment cannot be used.
    pub fn from_environment() -> Result<Option<Self>, ExporterBuildError> {
        if COLLECTORS.into_iter().all(|name| env::var_os(name).is_none()) {
            return Ok(None);
        }
        let exporter = SpanExporter::builder().with_http().build()?;
        let resource = Resource::builder();
        let resource = if env::var_os(SERVICE).is_some() { resource } else { resource.with_service_name("placement") };
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build();
        Ok(Some(Self { tracer: provider.tracer("placement"), provider }))
    }

    /// Sends the span of a request that was answered with `status` after `took`.
    pub(crate) fn note(
        &self,
        route: Option<&'static Route>,
        method: &Method,
        status: StatusCode,
        took: Duration,
        told: &AnswerMetadata,
    ) {
        let now = SystemTime::now();
        let (method, route) = (method_label(method), route.map_or("none", |route| route.path.as_str()));
        let said = vec![
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.route", route),
            KeyValue::new("http.response.status_code", i64::from(status.as_u16())),
            KeyValue::new("placement.generation", told.generation.clone()),
            KeyValue::new("placement.cached", told.cached),
        ];
        let span = self.tracer.span_builder(format!("{method} {route}")).with_kind(SpanKind::Server);
        let begun = now.checked_sub(took).unwrap_or(now);
        let mut span = span.with_start_time(begun).with_attributes(said).start(&self.tracer);
        if status.is_server_error() {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(now);
    }

    /// Sends the remaining spans and shuts down.
    pub fn end(&self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::warn!(%error, "the last spans did not reach the collector");
        }
    }
}
