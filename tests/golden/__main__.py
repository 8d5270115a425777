"""``python -m tests.golden``: write the golden page anew. Look at the difference before you keep it."""

from __future__ import annotations

from tests.golden.desk import FixedState, view
from tests.golden.page import GOLDEN, page

GOLDEN.write_text(page(FixedState(view())), encoding="utf-8")
print(f"wrote {GOLDEN}")
