"""Cut a text that is too long, saying where and how much was left out."""


def shortened(text: str, length: int, head_share: float = 0.5, note: str = "") -> str:
    """Keep the head and the tail of a text, `length` characters together, with a note between."""
    if len(text) <= length:
        return text
    head = round(length * head_share)
    tail = text[len(text) - (length - head) :] if length > head else ""
    told = note or f"… {len(text) - length} characters left out …"
    return f"{text[:head]}\n[{told}]\n{tail}"
