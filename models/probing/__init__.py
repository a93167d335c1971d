"""Measures what a model can do: probes, scores, and the profile that follows.

- `conclusions`: derives protocol, edit format, tier and budgets from scores
- `context_measurement`: measures the context length that is really read
- `fingerprint`: identifies the model behind a server, so that a change is noticed
- `judging`: verdicts on answers by code, not by another model
- `probe_material`: loads the probe tasks, the tools and the questions that need them
- `needle_test`: hides codes in a long prompt and asks for them
- `probe_session`: how a server is probed: seeded requests, timed streams; `conformance` uses it too
- `prober`: runs all probes of one model
- `probes`: the probes: requests with the judgement of their answers
- `profile`: `ModelProfile` and its JSON; `SUITE` is the version of the probes
- `profiler`: finds, recognises and probes what answers for an alias
- `store`: profiles on disk, by fingerprint
- `preemption`: pauses a probe while somebody else uses the model
- `verdict`: outcome of one probe and the score of several
- `material.toml`: tasks: edits, infill holes, facts, choices
- `tool_questions.toml`: questions that each need one tool call, or none
- `tools.toml`: the tools that are offered

It does not know repositories or agents and concludes nothing from a model's name. It may import all
of `models` but `conformance`.
"""
