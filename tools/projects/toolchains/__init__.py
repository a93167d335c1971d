"""What a project's commands need mounted: toolchains and installed packages, read-only.

- `toolchain_access`: entry point: by the program that an operation starts
- `caches`: caches of packages: the list of folders that commands may read
- `dotnet`: .NET SDK and its packages
- `elixir`: Elixir and Erlang, packages of Hex
- `golang`: Go installation, module cache, build cache
- `host_machine`: which folders of the machine may be mounted at all
- `installed_packages`: packages in the checkout, such as `node_modules`
- `jvm`: JDK, Maven, Gradle and their artifacts
- `node`: Node installation and its packages
- `php`: extensions and composer's packages
- `python`: the project's environment, for commands of a person's choice
- `ruby`: Ruby installation and gems
- `rust`: Rust toolchain and crates

It mounts programs and packages only: no configuration and no credentials. It runs nothing.
"""
