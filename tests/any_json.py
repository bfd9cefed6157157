"""Which JSON do the properties draw that take any?

JSON.example()    {"": [None, 0.5], "a": "\\x00"}      every kind of value, nested, NaN and infinities too
"""

from hypothesis import strategies as st

JSON: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
