"""Tell the libraries that we use to stay at home: no hub look-ups, no telemetry, no tracing."""

import os

VARIABLES = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "DO_NOT_TRACK": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "AUTOGEN_DISABLE_RUNTIME_TRACING": "true",
    "TOKENIZERS_PARALLELISM": "false",
}


def stay_offline() -> None:
    """Set the variables for this process and its children; call it before importing anything."""
    os.environ.update(VARIABLES)
