"""What the proofs share: installing, starting and stopping programs of others, talking to them, counting what was proved.

Python's standard library alone; what a proof needs besides, it installs by name, in a folder below the target directory.
"""
