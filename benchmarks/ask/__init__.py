"""The benchmark of `rooftree ask` on repositories that nobody here wrote.

`questions.toml` is the reported set and `tuning.toml` the one that thresholds are chosen on;
`questions` reads them, `sources` fetches the pinned archives, `verify` checks citations and gold
places against the files, `score` counts, and `run` puts them together. `prose.toml` judges what
answers say, by the rules in `judging.md`; `statements` reads and checks the sets of single
sentences, right and wrong. Nothing here imports rooftree: the program under test is the installed
command.
"""
