"""When is a note this book's, and when is a highlight already in it?

    facts = read_facts("Readwise/Deep.md", data=…)                   what a note says          facts.py
    shelf = Shelf(notes, plugin_map=…, shared_links=…, folder=…)     all notes, looked up by it
    shelf.match(book, known=None, read=…)  → Match | Rivals | None   whose note it is          shelf.py
    find_highlights(book, text)            → {801: How.LINK}         what it holds             find.py
    shows(read_entries(text), book, …)     → True                    as Readwise has it now?   shows.py

Whose note it is; the first rule that fits any note decides:

    rule        example                                               not
    STATE       the path, or the inode, of an earlier run             an inode whose note says nothing of the book
    PLUGIN_MAP  booksIDsMap: {"Readwise/Deep.md": "60110123"}         a path outside the vault
    NAMED       uri: https://readwise.io/bookreview/60110123          a file `2024 (60110123).md` of another title
    LINK        a link that no other book of the library has          a note of its owner's that quotes it
    URL         same title, and source URL without tracking           a note with another book's links
    TITLE       same title and author, no other URL                   a title that differs by case or an emoji
    EMPTY       an empty file of the name the note would get

Several that fit: the most of the book's highlights, then inside the folder, then the older; none of them with any
highlight: rivals. A note of sections only, beside the book's own, is a companion: what it holds is not missing.

When a highlight is there; a piece of the note stands for one highlight only:

    LINK         ([View Highlight](…/01j9…)), ^rw801                  a tweet in `URL:`, a link quoted in a text
    SHARED_LINK  two texts at one Kindle location                     a third text there
    TEXT         **bold**, ==mark==, [[page|word]], > quoted, `&lt;`  a text inside a longer highlight
    SIMILAR      a word more or less, own words around it             a heading that sums it up; three words alike

Guarantees: pure; no disk, no clock; deterministic. Which places a text is put in: `plan`; how it looks: `note.py`.
"""

from syncer.identity.facts import read_facts
from syncer.identity.find import find_highlights
from syncer.identity.links import highlight_links, link_key, link_keys, shared_keys
from syncer.identity.shelf import Match, Rivals, Shelf
from syncer.identity.shows import comparable, read_entries, shows, texts_of, without_updates

__all__ = [
    "Match",
    "Rivals",
    "Shelf",
    "comparable",
    "find_highlights",
    "highlight_links",
    "link_key",
    "link_keys",
    "read_entries",
    "read_facts",
    "shared_keys",
    "shows",
    "texts_of",
    "without_updates",
]
