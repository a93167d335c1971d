"""Adapting models to an organisation: adapters are trained, converted and documented here.

So far it holds the converters from a LoRA state dict to a GGUF adapter (`adapter_gguf`) and to a
PEFT folder and back (`adapter_peft`), the recipe of the small adapter that the tests serve
(`tiny_adapter`) and that of the embedder that ships (`static_embedder`). It does not know HTTP:
nothing here serves a model or talks to one that served.
"""
