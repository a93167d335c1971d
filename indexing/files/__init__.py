"""Which files are indexed, and their text.

- `decode`: bytes to text: UTF-8, UTF-16, latin; detects binary files
- `discover`: lists indexable files and the reasons for skipping others
- `filters`: content checks: minified, generated, LFS pointer, empty
- `ignore`: parses `.gitignore` and `.rooftreeignore`
- `listing`: the file list: from git, or by ignore files in a plain folder
- `skip_reasons`: the closed set of skip reasons
- `walk`: walks a folder tree with the skip rules
- `wildmatch`: gitignore patterns compiled to regular expressions

It does not know units or the manifest. Of `indexing` it may import `secrets` and `parsing`; not
`store`, `build`, `vectors` or anything above.
"""
