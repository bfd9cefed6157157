"""syncer keeps the notes of an Obsidian vault up to date with a Readwise account, by appending only.

Read in this order: `model/` (the words, as types), `sync.py` (one pass, as a recipe), then the file that answers
your question:

    What will my note look like?                                  note.py, templates/
    When is a note this book's, when is a highlight there?        identity/
    Why did it (not) touch this note?                             plan/
    What happens to my file, byte by byte?                        writer/

docs/ARCHITECTURE.md of the repository has the way of the data, and a line for every other file.

A *book* is whatever has highlights at Readwise (a book, an article, a tweet, a podcast). The *library* is all books
of the account and their mirror in the *state*, the file in which syncer also remembers what it wrote. A *note* is the
Markdown file of a book, a *section* what one sync added to it. A *plan* is a *decision* for each book that is to be
looked at, or a *hold*: nothing is done, and this is why. What follows from decisions are *changes* (a new note, or a
section, in bytes), and from a change an *outcome*. A *run* is one fetch, plan and write.
"""

__version__ = "0.1.0"
