"""LoRA adapters for the servers that load them.

- `gguf`: LoRA state dict to a GGUF adapter (llama.cpp)
- `peft`: LoRA state dict to a PEFT folder (vLLM), and back from GGUF
- `tiny_adapter`: trains the small adapter that tests serve

It does not know how adapters are served. It imports only `rooftree`.
"""
