"""The figures, a file each. docs/analytics.md says what each of them means."""
