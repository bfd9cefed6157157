"""Which note is a book's, in vaults that were made to mislead?

Books and notes that are like each other are in test_identity_shelf_twins.py.
"""

from __future__ import annotations

from syncer.identity import Match, read_facts
from syncer.left_alone import is_left_alone
from syncer.model import NoteFacts, NotePath, Rule
from tests.shelved import SENTENCES, Vault, bullets, export, make


def test_each_rule_recognises_its_example() -> None:
    book = make(60110123, "Of Bridges")
    cases = {
        Rule.LINK: ({"Readwise/b.md": export(book, title="Renamed by me", url="https://other.example")}, {}),
        Rule.NAMED: ({"b.md": f"---\nuri: https://readwise.io/bookreview/{book.id}\n---\n{SENTENCES[0]}\n"}, {}),
        Rule.PLUGIN_MAP: ({"b.md": "anything"}, {"b.md": (book.id,)}),
        Rule.URL: ({"b.md": export(make(1, "Of Bridges", texts=()), url=book.source_url + "?utm_source=x")}, {}),
        Rule.TITLE: ({"b.md": export(make(1, "Of Bridges", texts=()), url="")}, {}),
    }
    for rule, (notes, plugin_map) in cases.items():
        found = Vault(notes, book, plugin_map=plugin_map).match(book)
        assert isinstance(found, Match) and found.rule is rule, (rule, found)


def test_the_state_comes_first_and_follows_a_move() -> None:
    book = make(60110123, "Of Bridges")
    vault = Vault({"other.md": export(book), "moved.md": export(book)}, book)
    assert vault.match(book, known="moved.md") == Match(NotePath("moved.md"), Rule.STATE)
    found = vault.match(book, known="gone.md", inode=1001)
    assert isinstance(found, Match) and (found.path, found.rule) == ("moved.md", Rule.STATE)


def test_an_inode_that_another_file_got_is_no_move() -> None:
    book = make(60110123, "Of Bridges")
    assert Vault({"diary.md": "Dear diary."}, book).match(book, known="gone.md", inode=1000) is None


def test_a_file_name_with_the_books_id_counts_only_after_its_title() -> None:
    book = make(60110123, "Of: Bridges?", linked=False)
    assert Vault({"Of Bridges (60110123).md": "words"}).path(book) == "Of Bridges (60110123).md"
    assert Vault({"Invoice (60110123).md": "words"}).path(book) is None


def test_an_owners_note_that_quotes_a_link_is_not_the_books() -> None:
    book = make(7, "Of Bridges")
    quoting = f"# Why windows matter\n\nI keep coming back to this. {bullets(book).splitlines()[0]}\n\nAnd so on.\n"
    assert Vault({"Ideas/Windows.md": quoting}, book).path(book) is None
    single = make(8, "Of Bridges", texts=SENTENCES[:1])
    assert Vault({"Ideas/Windows.md": f"# Why windows matter\n\n{bullets(single)}"}, single).path(single) is None


def test_another_books_note_that_quotes_a_link_is_not_the_books() -> None:
    book, other = make(7, "Of Bridges", texts=SENTENCES[:1]), make(8, "Of Wool")
    text = export(other) + f"    - Note: compare [this]({book.highlights[0].url})\n"
    assert Vault({"Readwise/Of Wool.md": text}, book, other).path(book) is None


def test_a_rewritten_note_that_keeps_only_links_is_the_books() -> None:
    book = make(7, "Of Bridges")
    text = "".join(f"One more thought ([View Highlight]({each.url}))\n\n" for each in book.highlights)
    assert Vault({"Thoughts.md": text}, book).path(book) == "Thoughts.md"


def test_a_book_without_links_is_recognised_by_its_title_in_many_spellings() -> None:
    book = make(7, 'Of Bridges: "Wires" & More?', linked=False, source_url="")
    for path, text in {
        "x.md": export(book),
        "Of Bridges Wires & More.md": export(book, title="My own heading").replace(
            "- Full Title: My own heading\n", ""
        ),
        "y.md": 'title:: Of Bridges: "Wires" & More?\nauthor:: [[N. Body]]\n\n- ## Highlights\n' + bullets(book),
        "z.md": '---\ntitle: "Of Bridges: \\"Wires\\" & More?"\nauthor: "[[N. Body]]"\n---\n## Highlights\n'
        + bullets(book),
    }.items():
        assert Vault({path: text}).path(book) == path, path


def test_a_digest_of_many_books_is_nobodys_note() -> None:
    books = [make(n, f"Book {n}", texts=(SENTENCES[n % 4] + str(n),)) for n in range(5, 15)]
    text = "# What I read this year\n\n## Highlights\n" + "".join(
        f"### {each.title}\n{bullets(each)}" for each in books
    )
    vault = Vault({"Digest.md": text}, *books)
    assert [vault.path(each) for each in books] == [None] * 10


def test_a_list_of_all_books_is_nobodys_note() -> None:
    books = [make(60110000 + n, f"Book {n}") for n in range(5)]
    text = "# Library\n" + "".join(f"- [{each.title}](https://readwise.io/bookreview/{each.id})\n" for each in books)
    vault = Vault({"Library.md": text}, *books)
    assert [vault.path(each) for each in books] == [None] * 5


def test_an_empty_file_of_the_wanted_name_is_taken_last() -> None:
    book = make(7, "Of Bridges")
    assert Vault({"Readwise/Of Bridges.md": " \n"}).match(book, wanted="Readwise/Of Bridges.md") == Match(
        NotePath("Readwise/Of Bridges.md"), Rule.EMPTY
    )
    assert Vault({"Readwise/Of Bridges.md": "Mine."}).match(book, wanted="Readwise/Of Bridges.md") is None


def test_conflict_copies_and_full_texts_are_left_alone() -> None:
    book = make(7, "Of Bridges")
    for name in (
        "Of Bridges.sync-conflict-20240102-101112-ABCDEF1.md",
        "Of Bridges (conflicted copy 2024-01-02).md",
        "Of Bridges (Anna's conflicted copy 2024-01-02).md",
        "Of Bridges (Conflicted copy desk 202401021011).md",
        "Of Bridges-conflict-20240102-101112.md",
        "Readwise/Full Document Contents/Articles/Of Bridges.md",
        ".trash/Of Bridges.md",
    ):
        assert is_left_alone(name), name
        assert Vault({name: export(book)}, book).path(book) is None
    for name in (
        "Of Bridges.md",
        "Conflict.md",
        "Conflict and copies.md",
        "The-bridges-conflict-2024.md",
        "Readwise/Of Bridges 2.md",
        "Conflicted Loyalties.md",
    ):
        assert not is_left_alone(name), name


def test_facts_name_what_the_header_says() -> None:
    book = make(60110123, "Of Bridges", texts=SENTENCES[:1])
    facts = read_facts("b.md", data=b"\xef\xbb\xbf" + export(book).replace("\n", "\r\n").encode())
    assert facts == NoteFacts(
        exported=True,
        titles=("Of Bridges",),
        urls=(book.source_url,),
        authors=("N. Body",),
        links=("reader:01h" + f"{6011012300:023d}",),
    )


def test_front_matter_that_is_no_yaml_is_read_line_by_line() -> None:
    facts = read_facts(
        "b.md", data=b"---\ntitle: Of: Bridges: x\nauthor: @somebody on Twitter\nreadwise_id: 60110123\n---\n\xff\xfe"
    )
    assert (facts.titles, facts.authors, facts.book_ids) == (
        ("Of: Bridges: x",),
        ("@somebody on Twitter",),
        (60110123,),
    )


def test_a_title_over_two_lines_is_one_title() -> None:
    book = make(7, "#Bridges\nare guesses…", linked=False, source_url="")
    assert Vault({"a.md": export(book)}).path(book) == "a.md"
    assert Vault({"#Bridges\nare guesses….md": "## Metadata\n- Author: [[N. Body]]\n\n## Highlights\n"}).path(book)


def test_no_bytes_break_the_facts() -> None:
    for data in (
        b"",
        b"\x00" * 50,
        b"---",
        b"---\n" * 40_000,
        b"---\n" + b"[" * 50_000 + b"\n---\n",
        b"[" * 300_000,
        b"](" * 200_000,
    ):
        read_facts("a.md", data=data)
    assert read_facts("a.md", data=b"\xef\xbb\xbf \r\n").empty


def test_the_plug_ins_file_for_a_note_that_is_gone_says_nothing() -> None:
    one = make(1, "Deep Work")
    vault = Vault({"Mine/Deep.md": export(one)}, one, plugin_map={"Readwise/Gone.md": (1,), "Mine/Deep.md": (1,)})
    found = vault.match(one)
    assert isinstance(found, Match)
    assert (found.path, found.rule) == ("Mine/Deep.md", Rule.PLUGIN_MAP)


def test_a_note_of_the_title_that_names_another_book_is_that_books() -> None:
    one, other = make(1, "Deep Work", linked=False), make(2, "Deep Work", linked=False, texts=SENTENCES[:1])
    named = f"---\nuri: https://readwise.io/bookreview/2\n---\n{export(other, url='')}"
    assert Vault({"Readwise/Deep Work.md": named}, one, other).match(one) is None


def test_of_a_book_without_links_a_note_with_other_links_is_read() -> None:
    """Its title is the book's: whether the note is, is for its texts to say."""
    one, other = (
        make(1, "Deep Work", linked=False),
        make(2, "Deep Work", texts=("Of whales, and of nothing else at all.",)),
    )
    mixed = export(one, url="") + bullets(other)
    assert isinstance(Vault({"Deep Work.md": mixed}, one).match(one), Match)
    assert Vault({"Deep Work.md": export(other, url="")}, one).match(one) is None
