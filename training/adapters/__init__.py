"""LoRA adapters: the tiny test adapter, and conversion to GGUF and PEFT."""
