"""The header that a chunk (unit) gets before it is embedded."""


def embedded_text(symbol: str, enclosing: str, text: str, times: int = 1) -> str:
    """Return what an embedder sees: the qualified name as header, then the text; never the path.

    The name stands there as many times as the embedder asks for (`Embedder.header_times`).
    """
    name = symbol or enclosing
    return f"{name}\n" * times + text if name else text
