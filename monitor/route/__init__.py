"""Who is told what, when and in which words: pure decisions from changes to ledger lines."""
