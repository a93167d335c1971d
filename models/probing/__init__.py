"""Measures what a model can do: probes, scores, and the profile that follows.

- `brief`: a short measurement: what a first run needs, by at most eight calls
- `conclusions`: derives protocol, edit format, edit tool, size, tier and budgets from scores
- `findings`: what probes have found so far, and the profile that it makes
- `fingerprint`: identifies the model behind a server, so that a change is noticed
- `judging`: verdicts on answers by code, not by another model
- `preemption`: pauses a probe while somebody else uses the model
- `probe_material`: loads the probe tasks, the tools and the questions that need them
- `probe_session`: how a server is probed: seeded requests, timed streams; `conformance` uses it too
- `prober`: runs all probes of one model
- `profile`: `ModelProfile` and its JSON; `SUITE` is the version of the probes
- `profiler`: finds, recognises and probes what answers for an alias
- `store`: profiles on disk, by fingerprint
- `trials/`: what a model is tried at: one turn, edits with tools, steps, thinking, context
- `verdict`: outcome of one probe and the score of several
- `material.toml`: tasks: edits, infill holes, facts, choices
- `tools.toml`: the tools that are offered

It does not know repositories or agents and concludes nothing from a model's name. It may import all
of `models` but `conformance`.
"""
