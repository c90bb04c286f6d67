"""A paper's HTML with ordinary spaces, so that tests look for words as people read them."""

from __future__ import annotations

from agent.papers import html
from agent.papers.blocks import Paper


def page(paper: Paper) -> str:
    """As `agent.papers.html.page`, where some spaces keep a number and its unit together."""
    return html.page(paper).replace("\N{NO-BREAK SPACE}", " ")
