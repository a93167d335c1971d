"""Write rooftree's static weights as a model2vec folder: python FROM TO. Runs in a peer's venv."""

import sys
from pathlib import Path

import numpy as np
from model2vec import StaticModel
from tokenizers import Tokenizer

source, target = Path(sys.argv[1]), Path(sys.argv[2])
StaticModel(
    np.load(source / "vectors.npy"), Tokenizer.from_file(str(source / "tokenizer.json"))
).save_pretrained(str(target))
