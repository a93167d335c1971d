"""Memory and speed of a model on given hardware, by arithmetic alone.

- `architecture`: shape of a model from config.json or a preset
- `hardware`: accelerators and CPU machines by name and count
- `launch`: command-line arguments for vLLM and llama.cpp
- `memory`: inference memory by term: weights, KV cache, activations
- `memory_chart`: SVG bar of memory by part
- `plan`: whether a model serves N users on a machine, and how to start it
- `precision`: bytes per number of weight and cache formats
- `sources`: resolves a preset, config.json, GGUF file or installed weights to an architecture
- `training`: training memory by term: LoRA, QLoRA, full
- `gpus.toml`: known accelerators
- `presets.toml`: known model shapes

It does not know servers and sends nothing. Of `models` it may import `weights`; not `gateway`,
`probing` or `conformance`.
"""
