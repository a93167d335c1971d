"""What each ecosystem's projects can have done, told by their files.

- `dotnet`: C# and others of .NET
- `elixir`: Mix
- `golang`: modules of Go
- `jvm`: Maven and Gradle
- `make`: targets of a makefile at the root
- `native`: CMake and Meson
- `node`: scripts and tools of JavaScript and TypeScript
- `php`: PHPUnit, with composer or without
- `project_files`: names and texts that detection looks at
- `ruby`: RSpec, Minitest, Rails
- `rust`: packages and workspaces of cargo

Each yields operations with arguments of ours; `detect` has the table. They run nothing.
"""
