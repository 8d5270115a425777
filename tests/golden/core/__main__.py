"""``python -m tests.golden.core``: write the rows of all cases anew. Look at the difference before you keep it."""

from __future__ import annotations

from tests.golden.core.vectors import ROWS, names, rows_of

ROWS.mkdir(exist_ok=True)
for path in ROWS.glob("*.jsonl"):
    path.unlink()
for name in names():
    (ROWS / f"{name}.jsonl").write_text(rows_of(name), encoding="utf-8")
print(f"wrote {len(names())} files to {ROWS}")
