"""Write rooftree's static weights as a model2vec folder: python FROM TO. Runs in a peer's venv.

model2vec takes the mean of the tokens, where rooftree counts a repeated token less: the same
weights, pooled as model2vec pools.
"""

import sys
from pathlib import Path

from model2vec import StaticModel
from safetensors.numpy import load_file
from tokenizers import Tokenizer

source, target = Path(sys.argv[1]), Path(sys.argv[2])
tensors = load_file(source / "model.safetensors")
StaticModel(
    tensors["vectors"].astype("float32") * tensors["scales"][:, None],
    Tokenizer.from_file(str(source / "tokenizer.json")),
).save_pretrained(str(target))
