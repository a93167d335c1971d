"""The process behind all interfaces: one configuration, its repositories, embedder and models.

- `asks`: questions as runs: kept, gone on from, removed when there are too many
- `background_profiling`: measures new models while nobody waits
- `background_refresh`: keeps a server's repositories fresh
- `changes`: runs a change in its run folder; roles and their models
- `embedding`: vectors of texts, by the default embedder
- `host`: `HostMachine`: entry point: repositories, models, default repository; run limit (429)
- `hosted_repository`: a served repository: watcher and vector engine
- `measuring`: measures an unknown model briefly before its first work
- `projects`: what a repository can have done, and whether that runs here
- `repositories`: opens repositories and owns their locks
- `upkeep`: `Upkeep`: starts and stops a server's background work

It does not know which operation runs, HTTP or the command line. It must not import `operations`,
`protocols`, `http` or `cli`.
"""
