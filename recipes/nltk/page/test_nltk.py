"""Does nltk analyse text, and read a corpus from files, in a browser and under Node?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_words_stems_and_trees(evaluate: Evaluate) -> None:
    def program() -> Any:
        import nltk
        from nltk.stem import PorterStemmer, SnowballStemmer

        words = nltk.wordpunct_tokenize("The cats weren't running over the hedges, were they?")
        grammar = nltk.CFG.fromstring("S -> N V\nN -> 'cats'\nV -> 'run'")
        (tree,) = nltk.ChartParser(grammar).parse(["cats", "run"])
        return {
            "words": words[:6],
            "stems": [PorterStemmer().stem(word) for word in ("running", "hedges", "easily")],
            "German": SnowballStemmer("german").stem("aufeinanderfolgenden"),
            "tree": str(tree),
            "bigrams": nltk.FreqDist(nltk.bigrams("abracadabra")).most_common(1),
            "distance": nltk.edit_distance("kitten", "sitting"),
        }

    outcome = evaluate(program)
    assert outcome == {
        "words": ["The", "cats", "weren", "'", "t", "running"],
        "stems": ["run", "hedg", "easili"],
        "German": "aufeinanderfolg",
        "tree": "(S (N cats) (V run))",
        "bigrams": [[["a", "b"], 2]],
        "distance": 3,
    }


def test_a_corpus_is_read_from_files(evaluate: Evaluate) -> None:
    def program() -> Any:
        import os
        import tempfile

        import nltk
        from nltk.corpus.reader import PlaintextCorpusReader

        folder = tempfile.mkdtemp()
        nltk.data.path.append(folder)
        os.makedirs(os.path.join(folder, "corpora", "mine"))
        with open(os.path.join(folder, "corpora", "mine", "a.txt"), "w") as file:
            file.write("One fish, two fish.")
        corpus = PlaintextCorpusReader(nltk.data.find("corpora/mine"), ".*[.]txt")
        return [corpus.fileids(), list(corpus.words()), nltk.Text(corpus.words()).count("fish")]

    outcome = evaluate(program)
    assert outcome == [["a.txt"], ["One", "fish", ",", "two", "fish", "."], 2]
