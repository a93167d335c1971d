"""Operations on an index, and on what is known of a repository besides.

- `index`: indexes a repository
- `languages`: languages of an index, and how deep each is understood
- `project`: a project's commands, what runs them, and what lacks
- `status`: what an index holds, lacks and skipped

They do not know HTTP or terminals and must not import `protocols`, `http` or `cli`.
"""
