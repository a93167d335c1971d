"""What a project's commands need mounted: toolchains and installed packages, read-only.

- `toolchain_access`: entry point: by the program that an operation starts
- `golang`: Go installation, module cache, build cache
- `host_machine`: which folders of the machine may be mounted at all
- `node`: Node installation and `node_modules`
- `rust`: Rust toolchain and crates

It mounts programs and packages only: no configuration and no credentials. It runs nothing.
"""
