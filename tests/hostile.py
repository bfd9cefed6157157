"""What does a library look like in which every title, text and field is an attack or an edge?

    Book(id=900001, title="<% tp.file.move('../x') %>", highlights=(Highlight(text="```dataviewjs …"), …), …)

Some 350 made-up books: names that a disk does not take, YAML that means something else, Markdown that swallows what
follows, plug-ins' code, forged marks of our own, fields at their limits. Used by the core's tests as values and by
others over HTTP (`as_export`). Guarantees: ids are unique, the order is the same each time, nothing is from anybody.
"""

from __future__ import annotations

from collections.abc import Iterator

from syncer.model import Book, BookId, Highlight, HighlightId

READER = "https://read.readwise.io/read/01hostile"

NAMES = [
    "", " ", ".", "..", "...", "....hidden", ".obsidian", ".git", ".trash", "../../etc/passwd",
    "..\\..\\boot.ini", "/etc/passwd", "C:\\Windows\\x", "~/.bashrc", "a/b/c", "a\\b", "CON", "con", "PRN.txt",
    "aux", "NUL.md", "COM1", "COM¹", "LPT9.tar.gz", "CONIN$", "nul ", "con .txt", "Title.", "Title ",
    "Title. . .", " Title", "\ttab\t", "line\nend", "line\r\nend", "a\x00b", "a\x1bb", "bell\x07", "del\x7f",
    "c1\x85x", "what? <is> \"this\": a|b*", "???", "<>:\"/\\|?*", "e\u0301", "é", "A\u030aström", "ﬁx", "ＦＵＬＬ",
    "Straße", "STRASSE", "İstanbul", "ıstanbul", "\u202egnp.exe", "\u200bzero", "zero\u200bwidth", "zero width",
    "\ufeffbom", "soft\u00adhyphen", "a\u2028b", "a\u2029b", "rtl \u05d0\u05d1", "مرحبا بالعالم", "日本語の本",
    "中文书名：副标题", "한국어 책", "हिन्दी किताब", "ไทยนี้", "Ελληνικά", "👩‍👩‍👧‍👦 family", "👩🏽‍🚀", "🏳️‍🌈", "🇩🇪🇫🇷",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "a\u200db", "\u200d", "x" * 300, "é" * 300,
    "漢" * 300, "👩‍👩‍👧‍👦" * 40, "🇩🇪" * 60, "a" + "\u0301" * 400, "\u0390" * 150, "각" * 100, "ᄀ" * 90,
    "x" * 199 + "é", "x" * 198 + "👍🏽", "x" * 199 + " .", "x" * 511, "#hash", "[[link]]", "a^b", "50%", "%%", "~",
    "-", "_", "Untitled", "untitled", "same", "same", "SAME", "Same ", "same.", "sa\u200bme", "name.md",
    "name.MD", "x (900001)", "Readwise", "README", "desktop.ini", "Thumbs.db", ".DS_Store", "a.icloud",
    "x.sync-conflict-20240101-000000-ABCDEFG", "x (Conflicted copy laptop 202401010000)", "\ud7ff", "\ue000",
    "\uffff", "\ufffe", "\U0010ffff", "\U0001f3fb",
]  # fmt: skip  # a table to read

YAML = [
    "a: b", "a : b", "a #b", "#b", "- a", "? a", "! a", "!!python/object/apply:os.system ['x']", "&a b", "*a",
    "%YAML 1.2", "@at", "`tick", "'single", "\"double\"", "\"", "'", "\\", "\\n", "\\x3C", "---", "...", "--- a",
    "a\n---\nb: c", "[a, b]", "[[a]]", "{a: b}", "{", "}", "[", "]", "|", ">", "|\n a", "yes", "no", "on", "off",
    "true", "null", "~", "NULL", "2024", "012", "0x1f", "1e3", "12:30:45", "2024-10-14", "2024-13-45", ".inf",
    ".nan", "=", "<<", "1_000", "a, b", "a,b", "\ta", "é: ü", "😀: x", "a\u2028b", "a\x85b", "a\x7fb", "a\ufeffb",
    "<% tp %>", "<%* tp -%>", "a]]", "a]] b: c", "Bare Name", "x: |\n  y", "a\rb", "\u00a0a\u00a0", "!", "-", "?",
    ":", ",", "a:", ":a", "a\\", "\"a\": b",
]  # fmt: skip  # a table to read

TEXTS = [
    "```dataviewjs\ndv.io.load('x')\n```", "```dataview\nlist\n```", "~~~dataviewjs\nx\n~~~",
    "````dataviewjs\nx\n````", "``` dataviewjs\nx\n```", "```DataviewJS\nx\n```", "```{dataviewjs}\nx\n```",
    "```data&#118;iewjs\nx\n```", "   ```dataviewjs\nx\n   ```", "> ```dataviewjs\n> x\n> ```",
    "- ```dataviewjs\nx\n```", "1. ```dataviewjs\n   x\n   ```", "> - ```js-engine\n>   x\n>   ```",
    "```meta-bind-js-view\nx\n```", "```tasks\nnot done\n```", "```query\nx\n```",
    "```run-python\nimport os\n```", "```button\nname x\n```", "```ad-note\nx\n```",
    "```mermaid\ngraph\nclick A \"x\"\n```", "```mermaid\ngraph TD; A-->B\n```", "```python\n    indented()\n```",
    "```python\nnever closed", "~~~\nnever closed", "```js\nclosed\n``` not closed",
    "text\n```\n<script>x</script>\n```", "1. ```\n<script>x</script>\n```",
    "<div>\n```\n<script>x</script>\n```\n</div>", "<b>\n```\n<script>x</script>\n```",
    "```js\n<script>x</script>\n```",
    "a ` b\n`<script>x</script>`",
    "```js\\-engine\nx\n```",
    "<div></div>\n```\n<script>x</script>\n```",
    ">      ```\n> <script>x</script>\n>      ```",
    "```a`b\n<script>x</script>\n```", "`= this.file.name`", "`$= dv.pages()`", "``= x``", "` = x`", "`\n= x`",
    "`$=x", "a `b`= c", "`a` `= b` `c`", "\\`= a`", "<% tp.file.delete() %>", "<%* await tp %>", "<%_ x _%>",
    "`<% in code %>`", "```\n<% in a fence %>\n```", "<%%>", "<script>alert(1)</script>", "<SCRIPT SRC=x>",
    "<scr\x00ipt>x</script>", "<style>*{display:none}</style>", "<iframe src=//x>", "<webview src='x'>",
    "<embed src=x>", "<object data=x>", "<link rel=stylesheet href=x>", "<meta http-equiv=refresh>", "`<script>`",
    "` `` <script> ` ``", "a ` b\n` <script>x</script>", "<a href=\"`\"><script>x</script>`", "\\\\<script>x",
    "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))", "[x]( <javascript:alert(1)>)", "[x](<java\tscript:alert(1)>)",
    "[x](javascript\\:alert(1))", "![x](javascript:alert(1))", "<javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>", "<a\nhref=' java\nscript:alert(1)'>x</a>",
    "[x]: javascript:alert(1)\n[x]", "[x](file:///etc/passwd)", "![x](file://server/share/a.png)",
    "![x](\\\\server\\share\\a.png)", "obsidian://open?vault=x", "[x](obsidian://advanced-uri?commandid=x)",
    "[x](data:text/html,<script>x</script>)", "file:///etc/passwd", "%% never closed", "%% closed %%",
    "a %% b %% c %%", "%%%", "100%% sure", "\\%%", "$$ never closed", "$$x$$", "$$$", "\\$$x",
    "<!-- never closed", "<!-- closed -->", "<!-->", "<?php never closed", "<![CDATA[ never closed",
    "<!DOCTYPE html>", "<div>never closed", "<details><summary>x</summary>never closed", "<table><tr><td>x",
    "<pre>\nnever closed", "<textarea>", "<div>closed</div>", "</div>", "</details>", "<div title=\"</div>\">",
    "<video controls><source src=\"https://example.com/a.mp4\"></video>", "===", "text\n===", "---", "- -",
    "- - -", "* * *", "***", "___", "# heading", "####### seven",
    "## New highlights added October 14, 2024 at 9:56 AM",
    "text\n## New highlights added October 14, 2024 at 9:56 AM\n- forged", "## Highlights",
    "- Full Title: forged", "---\ntitle: x\n---", "> quote", "> [!danger] callout", "    four spaces", "\ttab",
    "- nested\n  - more\n    - deeper", "1. one\n2. two", "1) x", "+ plus", "| a | b |\n|---|---|\n| c | d |",
    "[^1]: footnote", "[x]: https://example.com", "^rw900001", "^block", "- [ ] task 📅 2024-10-14", "#tag",
    "[[link]]", "![[embed]]", "key:: value", "==mark==", "{{ title }}", "{% for x in y %}", "{# comment #}",
    "[/red] \x1b[31m", "<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> branch", "\u202eright to left",
    "zero\u200bwidth", "", " ", "\n\n", "\x00", "\ufffd", "a\rb\r\nc", "a\u2028b", "a\x0cb\x0bc", "x" * 8191,
    "word " * 1600, "\n".join(["line"] * 500), "`" * 2000, "[" * 2000, "<a " * 1500, "](" * 2000, "> " * 40 + "x",
    "- " * 40 + "x", "**" * 1000, "<!--" * 1000, "&" * 2000, "\\" * 3001,
]  # fmt: skip  # a table to read

URLS = [
    "javascript:alert(1)", "file:///etc/passwd", "obsidian://open", "data:text/html,x", "https://example.com/a b",
    "x)", "https://example.com/a)b(c", "https://example.com/(a)", "https://example.com/<%x%>",
    "https://example.com/\nb", "%%", " ", "https://example.com/`= x`", "mailto:reader-forwarded-email/abc",
    "//example.com", "\\\\server\\x", "https://例え.jp/あ", "https://example.com/" + "x" * 2000,
    "https://example.com/%%/$$", "JAVASCRIPT:x", "java\tscript:x", "not a url",
]  # fmt: skip  # a table to read


def hostile_books() -> list[Book]:
    """Return the hostile library: each attack in the fields that it was made for, beside an innocent highlight."""
    return [book(number) for number, book in enumerate(_makers(), 1)]


def _makers() -> Iterator[_Maker]:
    for title in NAMES:
        yield _Maker(title=title, text="An innocent text.")
    for value in YAML:
        yield _Maker(title=value, author=value, category=value, tag=value, text=value)
    for text in TEXTS:
        yield _Maker(title=f"Text {text[:40]}", text=text)
    for url in URLS:
        yield _Maker(title=f"Address {url[:40]}", url=url, text="An address.")


class _Maker:
    """One attack, to be made a book once it has a number."""

    def __init__(
        self, *, title: str, text: str, author: str = "", category: str = "articles", tag: str = "", url: str = ""
    ) -> None:
        self.title, self.text, self.author = _valid(title), _valid(text), author
        self.category, self.tag, self.url = category, tag, url

    def __call__(self, number: int) -> Book:
        return Book(
            id=BookId(900_000 + number),
            title=self.title,
            readable_title=self.title,
            author=self.author or self.title[:80],
            category=self.category,
            source="reader",
            cover_image_url=self.url,
            source_url=self.url,
            summary=self.text[:500],
            document_note=self.text[:500],
            readwise_url=f"https://readwise.io/bookreview/{900_000 + number}",
            tags=(self.tag,) if self.tag else (),
            highlights=tuple(self._highlights(number)),
        )

    def _highlights(self, number: int) -> Iterator[Highlight]:
        attacks = ((self.text, ""), (f"An innocent text, number {number}.", ""), ("A text with a note.", self.text))
        for place, (text, note) in enumerate(attacks):
            yield Highlight(
                id=HighlightId(number * 10 + place),
                text=text,
                note=note,
                location=place,
                location_type="offset",
                url=self.url if self.url and place == 0 else f"{READER}{number:06d}x{place}",
                tags=(self.tag,) if self.tag and place == 0 else (),
                highlighted_at="2024-10-11T08:00:00.000Z",
                updated_at="2024-10-11T08:00:00.000Z",
            )


def _valid(text: str) -> str:
    return "".join(char for char in text if not "\ud800" <= char <= "\udfff")


def as_export(books: list[Book]) -> dict[str, object]:
    """Return books as one page of the export API, with null where a book has nothing."""
    return {
        "count": sum(len(book.highlights) for book in books),
        "nextPageCursor": None,
        "results": [_book(book) for book in books],
    }


def _book(book: Book) -> dict[str, object]:
    return {
        "user_book_id": book.id,
        "is_deleted": book.is_deleted,
        "title": book.title,
        "readable_title": book.readable_title or book.title,
        "author": book.author or None,
        "source": book.source or None,
        "category": book.category,
        "cover_image_url": book.cover_image_url or None,
        "unique_url": book.unique_url or None,
        "source_url": book.source_url or None,
        "summary": book.summary or None,
        "document_note": book.document_note or None,
        "readwise_url": book.readwise_url,
        "external_id": book.external_id or None,
        "asin": book.asin or None,
        "book_tags": [{"id": number, "name": name} for number, name in enumerate(book.tags, 1)],
        "highlights": [_highlight(book, one) for one in book.highlights],
    }


def _highlight(book: Book, one: Highlight) -> dict[str, object]:
    return {
        "id": one.id,
        "text": one.text,
        "note": one.note,
        "location": one.location,
        "location_type": one.location_type or None,
        "end_location": None,
        "color": one.color,
        "highlighted_at": one.highlighted_at or None,
        "created_at": one.created_at or one.updated_at or None,
        "updated_at": one.updated_at or None,
        "external_id": one.external_id or None,
        "url": one.url or None,
        "book_id": book.id,
        "tags": [{"id": one.id * 10 + number, "name": name} for number, name in enumerate(one.tags)],
        "is_favorite": one.is_favorite,
        "is_discard": one.is_discard,
        "is_deleted": one.is_deleted,
        "readwise_url": f"https://readwise.io/open/{one.id}",
    }
