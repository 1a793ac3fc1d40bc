PARTS: dict[str, str]
DIGESTS: frozenset[str]
DIGEST_CALLS: frozenset[str]
