"""What a text does where it is rendered as Markdown, and texts that do something."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rooftree.text.safe_markdown import DRAWN

RENDERERS = (
    MarkdownIt("commonmark", {"html": True}),
    MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]),
)
LINKS_ITSELF = re.compile(r"(?i)(?:https?|ftp):[/\\]{2}|\bwww\.[\w-]|[\w.+-]@\w")
"""What GFM makes links of, wherever it stands."""
ATTACKS = (
    "![x](http://evil.test/p?q=1)",
    "![x][1]\n\n[1]: http://evil.test/p",
    "![x](//evil.test/p) ![](data:image/png;base64,AA) ![](\\\\evil.test\\p)",
    "[x](http://evil.test) [x](javascript:alert(1)) [x](</p>)",
    "[x](\nhttp://evil.test\n'title')",
    "[x]\n[1]\n\n   [1]:\n   http://evil.test",
    "> [1]: http://evil.test\n\n- [1]",
    "[![x](http://evil.test/a)](http://evil.test/b)",
    "[^1] and\n\n[^1]: ![x](http://evil.test/p)",
    "<http://evil.test> <a@evil.test> <mailto:a@evil.test>",
    "http://evil.test/p HTTPS://EVIL.test ftp://evil.test www.evil.test/p a@evil.test",
    "www\\.evil.test/p a\\@evil.test",
    "//evil.test/p and evil.test/p?q=secret",
    "&#104;ttp://evil.test &#x68;ttp://evil.test ![x](&#104;ttp://evil.test)",
    "![x](\\h\\t\\tp://evil.test) h\\ttp://evil.test http\\://evil.test http:\\/\\/evil.test",
    "ｈｔｔｐ：／／evil.test ！［x］（http://evil.test）",
    "<img src=http://evil.test/p> <IMG\nSRC='//evil.test'> <a href=//evil.test>x</a>",
    "<script>fetch('//evil.test')</script>\n<!-- x -->\n<?x?>\n<!X>\n<![CDATA[x]]>",
    "<details>\n<summary>x</summary>\n\n![x](//evil.test)\n\n</details>",
    "$\\href{http://evil.test}{x}$ \\url{http://evil.test} $`\\href{//evil.test}{x}`$",
    "```mermaid\ngraph TD\nclick A 'http://evil.test'\n```",
    "~~~ {.math}\n\\href{http://evil.test}{x}\n~~~",
    "```html\n<img src=http://evil.test>\n```",
    "a ` b\nc ` ![x](http://evil.test) ` d",
    "`a\n\n![x](http://evil.test)`",
    "`a\n# ![x](http://evil.test)`",
    "`a\n- ![x](http://evil.test)`",
    "| a | b | c |\n|---|---|---|\n| `b | ![x](http://evil.test) | c` |",
    "\\`![x](http://evil.test)`",
    "``![x](http://evil.test)`",
    "- ```\n  code\n\n![x](http://evil.test)\n```",
    "- a\n  ```\n  code\n![x](http://evil.test)\n",
    "> ```\n![x](http://evil.test)\n",
    "   ```\n code\n  ```\n![x](http://evil.test)",
    "```\ncode\n`````\n![x](http://evil.test)",
    "~~~\n```\n~~~\n![x](http://evil.test)",
    "```a`b\n![x](http://evil.test)",
    "```\rcode\r```\r![x](http://evil.test)",
    "```a|b\n---|---\n![x](http://evil.test)",
    "::: note\n```\n:::\n![x](http://evil.test)",
    "$$\n```\n$$\n![x](http://evil.test)",
    "!\\[x](http://evil.test) \\![x](http://evil.test) \\\\[x](http://evil.test)",
    "www.(http://evil.test) a@(http://evil.test)",
    "[x]:::\nhttp://evil.test",
)


def tokens(tokens_of: list[Token]) -> Iterator[Token]:
    for token in tokens_of:
        yield token
        yield from tokens(token.children or [])


def what_it_does(text: str) -> list[str]:
    """Return whatever of a text becomes more than text and code, in any renderer."""
    found = []
    for renderer in RENDERERS:
        parsed = renderer.parse(text)
        for token in tokens(parsed):
            if token.type in ("image", "link_open", "html_inline", "html_block"):
                found.append(f"{token.type} {token.content} {token.attrs}")
            if token.type == "fence" and DRAWN & set(re.findall("[a-z]+", token.info.lower())):
                found.append(f"a drawing: {token.info}")
            if token.type == "inline":
                children = token.children or []
                prose = "".join(one.content if one.type == "text" else "\n" for one in children)
                found += LINKS_ITSELF.findall(prose)
    return found
