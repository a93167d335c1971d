"""Finds a dependency in each kind of manifest, and where its requirement stands.

- `kinds`: entry point: which files are manifests, of what, and who reads them
- `names`: when two names mean one dependency
- `structured`: places of values in TOML and JSON that are parsed
- `toml_manifests`: pyproject.toml, Pipfile, Cargo.toml
- `json_manifests`: package.json, composer.json
- `requirement_lines`: requirements.txt and setup.cfg
- `line_manifests`: go.mod, Gemfile, build.gradle
- `maven`: pom.xml

They are foreign text: every pattern reads it once, and what does not parse is refused.
"""
