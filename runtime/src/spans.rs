//! The span of a call that belongs to a trace: whatever is logged under it says so.

use ferrule::{CallFuture, Context};
use tracing::{Instrument, Span};

/// None when the caller has no trace: a span costs more than a small call.
pub(crate) fn span_of(context: &Context, method: &str) -> Span {
    let Some(trace_id) = context.trace_id() else { return Span::none() };
    let (component, span_id) = (context.component_id(), context.span_id());
    // Of the most severe level, so that it is there for every record that anybody wants.
    tracing::error_span!(target: "ferrule", "call", component, method, trace_id, span_id)
}

/// Polls and drops a call's future under its span.
pub(crate) fn within(span: Span, future: CallFuture) -> CallFuture {
    if span.is_none() { future } else { Box::pin(future.instrument(span)) }
}
