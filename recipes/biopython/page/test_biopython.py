"""Are sequences read, translated, aligned and compared?

``U18266.gb`` is GenBank's record of the first exon of the human gene TMPO (Harris et al., 1994),
whose use NCBI does not restrict: ``Tests/GenBank/one_of.gb`` in the sdist of Biopython 1.88.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.harness.programs import Evaluate

GENBANK = """\
LOCUS       EXAMPLE                   60 bp    DNA     linear   BCT 01-JAN-2020
DEFINITION  A made up gene.
ACCESSION   EX0001
VERSION     EX0001.1
KEYWORDS    .
SOURCE      Escherichia coli
  ORGANISM  Escherichia coli
            Bacteria.
FEATURES             Location/Qualifiers
     source          1..60
                     /organism="Escherichia coli"
     CDS             complement(join(4..15,22..36))
                     /gene="exaA"
                     /product="example protein"
ORIGIN
        1 cccttaagac ggcattcgtg gttacatgcc atccatgaaa gctttacgga tcgatcgatt
//
"""


def test_fasta_is_read_translated_and_written(evaluate: Evaluate) -> None:
    def program() -> Any:
        import io

        from Bio import SeqIO
        from Bio.SeqUtils import gc_fraction

        text = ">one first\nATGGCCATTGTAATGGGCCGCTGA\n>two\nATGAAA\nTAG\n"
        records = list(SeqIO.parse(io.StringIO(text), "fasta"))
        written = io.StringIO()
        turned = [record.reverse_complement(id=True) for record in records]
        SeqIO.write(turned, written, "fasta-2line")
        return {
            "names": [record.description for record in records],
            "proteins": [str(record.seq.translate(to_stop=True)) for record in records],
            "gc": [gc_fraction(record.seq) for record in records],
            "written": written.getvalue().splitlines()[1::2],
        }

    outcome = evaluate(program)
    assert outcome == {
        "names": ["one first", "two"],
        "proteins": ["MAIVMGR", "MK"],
        "gc": [pytest.approx(13 / 24), pytest.approx(2 / 9)],
        "written": ["TCAGCGGCCCATTACAATGGCCAT", "CTATTTCAT"],
    }


def test_genbank_is_read_with_its_features(evaluate: Evaluate) -> None:
    def program(text: str) -> Any:
        import io

        from Bio import SeqIO

        record = SeqIO.read(io.StringIO(text), "genbank")
        gene = record.features[1]
        return {
            "id": record.id,
            "organism": record.annotations["organism"],
            "length": len(record),
            "location": str(gene.location),
            "gene": gene.qualifiers["gene"],
            "sequence": str(gene.extract(record.seq)),
        }

    outcome = evaluate(program, GENBANK)
    assert outcome == {
        "id": "EX0001.1",
        "organism": "Escherichia coli",
        "length": 60,
        "location": "join{[21:36](-), [3:15](-)}",
        "gene": ["exaA"],
        "sequence": "ATGGATGGCATGTAAATGCCGTCTTAA",
    }


def test_a_record_of_genbank_is_read(evaluate: Evaluate) -> None:
    text = Path(__file__).with_name("U18266.gb").read_text()

    def program(text: str) -> Any:
        import io

        from Bio import SeqIO

        record = SeqIO.read(io.StringIO(text), "genbank")
        exon = next(feature for feature in record.features if feature.type == "exon")
        proteins = [feature for feature in record.features if feature.type == "CDS"]
        beta = proteins[0]
        return {
            "id": record.id,
            "organism": record.annotations["organism"],
            "references": len(record.annotations["references"]),
            "bases": [record.seq.count(base) for base in "ACGT"],
            "ends": [str(record.seq[:10]), str(record.seq[-9:])],
            "features": [feature.type for feature in record.features],
            "start": [int(choice) for choice in exon.location.start.position_choices],
            "parts": [[part.ref, int(part.start), int(part.end)] for part in beta.location.parts],
            "products": [feature.qualifiers["product"] for feature in proteins],
            "lengths": [len(feature.qualifiers["translation"][0]) for feature in proteins],
            "stated": beta.qualifiers["translation"][0][:93],
            "translated": str(beta.location.parts[0].extract(record.seq).translate()),
        }

    outcome = evaluate(program, text)
    # From the record: BASE COUNT, and the start of the protein that this exon encodes.
    start = (
        "MPEFLEDPSVLTKDKLKSELVANNVTLPAGEQRKDVYVQLYLQHLT"
        "ARNRPPLPAGTNSKGPPDFSSDEEREPTPVLGSGAAAAGRSRAAVGR"
    )
    assert outcome == {
        "id": "U18266.1",
        "organism": "Homo sapiens",
        "references": 2,
        "bases": [667, 587, 656, 599],
        "ends": ["GAATTCAGAT", "TACAAAGGC"],
        "features": ["source", "5'UTR", "gene", "exon", "CDS", "CDS"],
        "start": [1887, 1900],
        "parts": [
            [None, 2200, 2479],
            ["U18267.1", 119, 246],
            ["U18268.1", 129, 288],
            ["U18270.1", 4690, 4788],
            ["U18269.1", 81, 128],
        ],
        "products": [["thymopoietin beta"], ["thymopoietin alpha"]],
        "lengths": [237, 694],
        "stated": start,
        "translated": start,
    }


def test_sequences_are_aligned(evaluate: Evaluate) -> None:
    def program() -> Any:
        from Bio import Align
        from Bio.Align import substitution_matrices

        aligner = Align.PairwiseAligner(match_score=1, mismatch_score=-1, gap_score=-1)
        best = aligner.align("GATTACA", "GCATGCT")
        proteins = Align.PairwiseAligner(
            substitution_matrix=substitution_matrices.load("BLOSUM62"),
            open_gap_score=-10,
            extend_gap_score=-0.5,
        )
        alpha, beta = "VLSPADKTNVKAAWGKVGAHAGEYGAEALERMF", "VHLTPEEKSAVTALWGKVNVDEVGGEALGRLL"
        globin = proteins.align(alpha, beta)[0]
        local = Align.PairwiseAligner(mode="local", match_score=2, mismatch_score=-1, gap_score=-2)
        found = local.align("TTTTGATTACATTTT", "CCGATTACACC")[0]
        return {
            "global": [best.score, len(best)],
            "globin": [globin.score, globin.counts().identities],
            "local": [found.score, found.coordinates.tolist()],
        }

    outcome = evaluate(program)
    assert outcome == {
        "global": [0.0, 3],
        "globin": [60.5, 16],
        "local": [14.0, [[4, 11], [2, 9]]],
    }


def test_trees_clusters_and_neighbours(evaluate: Evaluate) -> None:
    def program() -> Any:
        import io

        import numpy as np
        from Bio import Phylo
        from Bio.Align import MultipleSeqAlignment
        from Bio.Cluster import kcluster
        from Bio.PDB.kdtrees import KDTree
        from Bio.Phylo.TreeConstruction import DistanceCalculator, DistanceTreeConstructor
        from Bio.Restriction import EcoRI
        from Bio.Seq import Seq
        from Bio.SeqRecord import SeqRecord

        rows = {"a": "ACGTACGT", "b": "ACGTACGA", "c": "TCGAACCA", "d": "TCGAACCC"}
        alignment = MultipleSeqAlignment([SeqRecord(Seq(s), id=name) for name, s in rows.items()])
        distances = DistanceCalculator("identity").get_distance(alignment)
        tree = DistanceTreeConstructor().upgma(distances)
        pair = tree.common_ancestor("a", "b")
        points = np.array([[0, 0], [0, 1], [9, 9], [9, 8]], dtype=float)
        clusters, _, _ = kcluster(points, nclusters=2, npass=5)
        solid = np.array([[0, 0, 0], [1, 0, 0], [5, 5, 5]], dtype=float)
        return {
            "pair": sorted(leaf.name for leaf in pair.get_terminals()),
            "newick": Phylo.read(io.StringIO("((a:1,b:2):3,c:4);"), "newick").distance("a", "c"),
            "clusters": bool(clusters[0] == clusters[1] != clusters[2] == clusters[3]),
            "near": [[n.index1, n.index2, n.radius] for n in KDTree(solid, 1).neighbor_search(2.0)],
            "cut": [str(piece) for piece in EcoRI.catalyse(Seq("AAGAATTCTT"))],
        }

    outcome = evaluate(program)
    assert outcome == {
        "pair": ["a", "b"],
        "newick": 8.0,
        "clusters": True,
        "near": [[0, 1, 1.0]],
        "cut": ["AAG", "AATTCTT"],
    }
