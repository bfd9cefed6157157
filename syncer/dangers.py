"""What in a live piece of Markdown is dangerous, and where is the one character that makes it so?

    inline queries      `= …` and `$= …`, whatever the number of backticks
    elements that run   <script <style <iframe <webview <embed <object <link <meta, and their ends
    links that run      javascript:, file:, obsidian:, data:text/html and \\\\server, however they are spelt
    what swallows       <!--, <?, %%, $$ and HTML block elements that this piece does not close

Guarantees: an edit only puts a backslash before a character or writes `&lt;` for `<`; what lies in a code
span that surely is one (it begins and ends on one line, and nothing before it can be a tag or an open span)
is left alone; a text that was made safe has nothing dangerous left. Which lines are live at all is decided
in neutralise.py.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

_PLUGIN = re.compile(
    r"[{.\s]*(?:(?:dataview(?:js)?|js-engine|tasks|query|button)(?![\w-])|meta-bind|run-|ad-)", re.IGNORECASE
)
_MERMAID = re.compile(r"[{.\s]*mermaid(?![\w-])", re.IGNORECASE)
_CLICK = re.compile(r"(?i)(?<![a-z])click(?![a-z])")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")

_TOKEN = re.compile(
    r"\\[!-#&-/:-@\[-`{-~]"  # an escape; but `\%%` and `\$$` may still be marks
    r"|`+"
    r"|%%+|\$\$+"
    r"|<!--|<\?|<!\[CDATA\[|<(?=/?[A-Za-z!])"
    r"|\]\("
    r"|(?<![^\s(\[{<\"'>|*_~])(?:file|obsidian)(?=://)",
    re.IGNORECASE,
)
_INLINE_QUERY = re.compile(r"\s*\$?=")
_NAME = re.compile(r"<(/?)([A-Za-z][^\s/>]{0,60})")
_ATTRIBUTE = re.compile(r"=\s*[\"']?(?=([^>]{0,400}))")
_DESTINATION = re.compile(r"\]\(\s*(?:<([^>\n]{0,400})|(\S{0,400}))")
_DEFINITION = re.compile(r"(?m)^[ \t>*+.)\d-]*\[(?:[^\[\]\\]|\\.)+\]:\s*<?(\S+)")
_BRACKET_FIRST = re.compile(r"(?m)^([ \t>*+.)\d-]*)(?=\[)")
_WEB = re.compile(r"(?i)</?https?:")

_RUNS = frozenset({"script", "style", "iframe", "webview", "embed", "object", "link", "meta"})
_SCHEMES = (  # 400 characters above hold the longest of them, each letter as an entity
    "javascript:",
    "file:",
    "obsidian:",
    "data:text/html",
    "\\\\",
)
_BLOCK = re.compile(
    r"address|article|aside|audio|blockquote|body|button|canvas|caption|center|colgroup|dd|details"
    r"|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frameset|h[1-6]|head|header|html"
    r"|legend|li|main|map|marquee|math|menu|menuitem|nav|noembed|noframes|noscript|ol|optgroup|option|p"
    r"|picture|plaintext|pre|search|section|select|summary|svg|table|tbody|td|template|textarea|tfoot"
    r"|th|thead|title|tr|ul|video|xmp"
)
_CLOSED_BY = {"<!--": "-->", "<?": "?>", "<![cdata[": "]]>"}


def is_a_plugin(info: str, content: Iterable[str]) -> bool:
    """Say whether a fence with these words behind its mark is run by a plug-in of Obsidian."""
    language = _ESCAPE.sub(r"\1", html.unescape(info))
    if _PLUGIN.match(language):
        return True
    return bool(_MERMAID.match(language)) and any(_CLICK.search(html.unescape(line)) for line in content)


def is_dangerous_url(url: str) -> bool:
    """Say whether a link to this address runs something, seeing through entities, escapes, case and blanks."""
    return url.lstrip().startswith("\\\\") or _plain(url).startswith(_SCHEMES)


def _plain(text: str) -> str:
    return "".join(_ESCAPE.sub(r"\1", html.unescape(text)).split()).lower()


def shown(text: str) -> str:
    """Return a live piece of Markdown with everything dangerous in it shown instead of run."""
    if "]:" in text:
        text = _without_definitions(text)
    edits = _Finder(text).edits()
    if not edits:
        return text
    pieces: list[str] = []
    end = 0
    for start in sorted(edits):
        length, replacement = edits[start]
        pieces += (text[end:start], replacement)
        end = start + length
    return "".join([*pieces, text[end:]])


def _without_definitions(text: str) -> str:
    """Show every bracket that begins a line where one of them names a dangerous address for links elsewhere."""
    if any(is_dangerous_url(match[1]) for match in _DEFINITION.finditer(text)):
        return _BRACKET_FIRST.sub(r"\1\\", text)
    return text


class _Finder:
    """One walk over a piece of text that collects the edits: where, how many characters, what instead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: dict[int, tuple[int, str]] = {}
        self.open_elements: list[tuple[str, int]] = []
        self.pairs: dict[str, list[int]] = {"%": [], "$": []}
        self.code_is_sure = True
        plain = _plain(text)
        self.may_link = "\\\\" in text or any(scheme in plain for scheme in _SCHEMES)
        self.last_dangerous_attribute = self.find_attributes() if self.may_link and "<" in text else -1

    def find_attributes(self) -> int:
        """Return where the last attribute with a dangerous address is; any element before it may have it."""
        found = [match.start() for match in _ATTRIBUTE.finditer(self.text) if is_dangerous_url(match[1])]
        return found[-1] if found else -1

    def edits(self) -> dict[int, tuple[int, str]]:
        place = 0
        while match := _TOKEN.search(self.text, place):
            place = self.handle(match)
        for _, start in self.open_elements:
            self.found[start] = (1, "&lt;")
        for mark, starts in self.pairs.items():
            if len(starts) % 2:
                self.found[starts[-1]] = (2, f"{mark}\\{mark}")
        return self.found

    def handle(self, match: re.Match[str]) -> int:
        """Note what a mark asks for, and return where the walk goes on."""
        mark = match.group()
        if mark[0] == "`":
            return self.code(match.start(), mark)
        if mark[0] in "%$":
            self.pair(match.start(), mark)
        elif mark[0] == "<":
            self.element(match.start(), mark.lower())
        elif mark == "](":
            self.link(match.start())
        elif mark[0] != "\\":
            self.found[match.end()] = (1, "\\:")
        return match.end()

    def link(self, start: int) -> None:
        """Break a link whose address runs something; a browser would not see a tab inside `<…>`."""
        destination = _DESTINATION.match(self.text, start) if self.may_link else None
        if destination and (is_dangerous_url(destination[1] or destination[2] or "") or "\t" in (destination[1] or "")):
            self.found[start + 1] = (1, "\\(")

    def code(self, start: int, run: str) -> int:
        """Step over a code span that surely is one, and break one that holds a query."""
        end = start + len(run)
        if start in self.found:
            return end
        close = re.compile(rf"(?<!`){run}(?!`)")
        if _INLINE_QUERY.match(self.text, end):
            self.found[start] = (len(run), "\\`" * len(run))
            closing = close.search(self.text, end)
            if closing and not self.inside_a_mark(closing):
                self.found[closing.start()] = (len(run), "\\`" * len(run))
            return end
        line_end = self.text.find("\n", end)
        closing = close.search(self.text, end, line_end if line_end >= 0 else len(self.text))
        if closing is None:
            self.code_is_sure = False
        return closing.end() if closing and self.code_is_sure else end

    def inside_a_mark(self, closing: re.Match[str]) -> bool:
        """Say whether a backtick that would close is already an escaped one."""
        return self.text[: closing.start()].endswith("\\")

    def pair(self, start: int, run: str) -> None:
        """Note one `%%` or `$$`; three or more of them in a row are shown at once."""
        if len(run) == 2:
            self.pairs[run[0]].append(start)
        else:
            self.found[start] = (len(run), run[0] + f"\\{run[0]}" * (len(run) - 1))

    def element(self, start: int, token: str) -> None:
        """Note what one `<` begins: a comment, an element, a link in pointed brackets."""
        closed_by = _CLOSED_BY.get(token)
        if closed_by is not None:
            if closed_by not in self.text[start + len(token) :]:
                self.found[start] = (1, "&lt;")
            else:
                self.code_is_sure = False
            return
        match = _NAME.match(self.text, start)
        if match and (match[2].lower() in _RUNS or self.runs(match, start)):
            self.found[start] = (1, "&lt;")
            return
        self.code_is_sure = self.code_is_sure and bool(_WEB.match(self.text, start))
        if match and _BLOCK.fullmatch(match[2].lower()):
            self.nest(match[2].lower(), start, closes=bool(match[1]))

    def runs(self, match: re.Match[str], start: int) -> bool:
        """Say whether an element, or a link in pointed brackets, has an address that runs something."""
        return start < self.last_dangerous_attribute or is_dangerous_url(match[2])

    def nest(self, name: str, start: int, *, closes: bool) -> None:
        """Keep the elements that are open; an end takes the last one of its name off."""
        if not closes:
            self.open_elements.append((name, start))
            return
        for place in reversed(range(len(self.open_elements))):
            if self.open_elements[place][0] == name:
                del self.open_elements[place]
                return
