"""Tests of the whole tool and of the tree itself; the C units and the rule cases are under conformance/."""
