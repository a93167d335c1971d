"""The faces: the command line, the HTTP server with its OpenAI API, and what they share.

`services` holds what every face offers; `workplace` is the repositories that a server owns. Faces
translate: they hold no knowledge of how anything is done.
"""
