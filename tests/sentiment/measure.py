"""How often the scorer is right, on the rated sentences that the source package of vaderSentiment ships.

``pip download --no-deps --no-binary :all: vaderSentiment==3.3.2``, then
``python -m tests.sentiment.measure vaderSentiment-3.3.2.tar.gz`` prints the table of docs/sentiment.md.
A sentence is negative, neutral or positive by the mean of its raters (-4 to 4): below -0.2, between, above 0.2, which
is 0.05 of the whole scale, the bounds of the metric ``sentiment``.
"""

from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Iterable, Iterator
from math import sqrt

from stream.connect.vendor import Scorer
from stream.sentiment.scorer import scorer_of

KINDS = ("negative", "neutral", "positive")
RATED_WITHIN, SCORED_WITHIN = 0.2, 0.05
SETS = {
    "sentences of product reviews": "amazonReviewSnippets",
    "sentences of newspaper editorials": "nytEditorialSnippets",
    "sentences of film reviews": "movieReviewSnippets",
    "tweets": "tweets",
}


def kind_of(number: float, within: float) -> str:
    """One of `KINDS`."""
    return KINDS[0] if number < -within else KINDS[2] if number > within else KINDS[1]


def rated(package: str, name: str) -> Iterator[tuple[float, str]]:
    """Mean rating and text of every sentence of a set."""
    with tarfile.open(package) as outer:
        inner = next(member for member in outer.getmembers() if member.name.endswith("hutto_ICWSM_2014.tar.gz"))
        packed = outer.extractfile(inner)
        assert packed is not None
        with tarfile.open(fileobj=io.BytesIO(packed.read())) as content:
            found = content.extractfile(f"hutto_ICWSM_2014/{name}_GroundTruth.txt")
            assert found is not None
            for line in found.read().decode("utf-8-sig", "replace").splitlines():
                _, rating, text = line.split("\t", 2)
                yield float(rating), text


def measured(pairs: Iterable[tuple[float, str]], scorer: Scorer) -> str:
    """One line of the table: sentences, scored, right, right by guessing the commonest, F1 by kind, correlation."""
    sentences = 0
    found: list[tuple[float, float]] = []
    for rating, text in pairs:
        sentences += 1
        score = scorer(text)
        if score is not None:
            found.append((rating, score))
    kinds = [(kind_of(rating, RATED_WITHIN), kind_of(score, SCORED_WITHIN)) for rating, score in found]
    right = sum(one == other for one, other in kinds) / len(kinds)
    usual = max(sum(one == kind for one, _ in kinds) for kind in KINDS) / len(kinds)
    shares = " | ".join(f"{f1(kinds, kind):.2f}" for kind in KINDS)
    line = f"{sentences:,} | {len(found) / sentences:.0%} | {right:.1%} | {usual:.1%} | {shares}"
    return f"{line} | {correlation(found):.2f}"


def f1(kinds: list[tuple[str, str]], kind: str) -> float:
    """Harmonic mean of precision and recall of a kind."""
    hits = sum(one == other == kind for one, other in kinds)
    return 2 * hits / (sum(one == kind for one, _ in kinds) + sum(other == kind for _, other in kinds))


def correlation(pairs: list[tuple[float, float]]) -> float:
    """Pearson's."""
    means = [sum(values) / len(pairs) for values in zip(*pairs, strict=True)]
    products = sum((one - means[0]) * (other - means[1]) for one, other in pairs)
    squares = [sum((pair[place] - means[place]) ** 2 for pair in pairs) for place in (0, 1)]
    return float(products / sqrt(squares[0] * squares[1]))


def main(package: str) -> None:
    scorer = scorer_of("vader")
    assert scorer is not None
    print("| | Sentences | Scored | Right | By guessing | F1 negative | F1 neutral | F1 positive | Correlation |")
    print("| --- |" + " --- |" * 8)
    for title, name in SETS.items():
        print(f"| {title} | {measured(rated(package, name), scorer)} |")


if __name__ == "__main__":
    main(sys.argv[1])
