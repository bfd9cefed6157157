"""identity"""

from syncer.identity.facts import is_left_alone, read_facts
from syncer.identity.find import find_highlights
from syncer.identity.links import highlight_links, link_key
from syncer.identity.shelf import Match, Rivals, Shelf
