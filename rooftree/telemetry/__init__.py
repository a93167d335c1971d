"""What a run reports about itself: events, log file, traces.

- `events`: the event schema and the numbered event log of one run
- `logs`: logging set-up: one file in the state folder, no source text and no keys
- `progress`: progress of a run as typed values, with their JSON
- `spans`: the OpenTelemetry tracer and the `span` helper
- `tracing`: exports spans to a file or an OTLP collector, as configured

It does not know who emits events or displays them. It imports only the rest of `rooftree`.
"""
