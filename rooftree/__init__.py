"""The base package: the launcher, and what every other package shares.

It holds the version, the error tree (`errors`), the event schema (`events`), where state is kept
(`paths`), the one typed configuration (`config`) and the `layers` that it is read from, opening
files without leaving a root (`confine`), the machine's programs that no repository may stand in for
(`programs`), invisible characters of a text and names that are not what they look like (`visible`,
`lookalikes`) and logging (`logs`). It knows nothing of models, repositories, agents or HTTP.
Importing it does nothing.
"""

__version__ = "0.1.0"
