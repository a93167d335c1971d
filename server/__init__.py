"""The interfaces: the command line (`cli`), and the HTTP server with the OpenAI API and our own.

`services` is what all of them offer: `searches` and `lookups` find, `changes` and `reviews` run,
`freshness` keeps a server's repositories current, and `relay` brings what work tells to whoever
listens. `backend` is how much of it HTTP needs. A request passes `metrics`, `guards`, a `gate`
(`auth` holds the keys) and the limit of a `crowd`, and reaches `openai_api` or `api` through `app`;
`serving` runs that behind two `listeners`, and `remote` is a command's way to it. At TCP's, `http1`
holds clients to deadlines, `connections` share out the room, and `clients` tells whose each is. No
face knows how anything is done.
"""
