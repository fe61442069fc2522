"""Every port, kept in memory: what unit tests run against, held by the same contract tests."""
