"""The console's pages of claims and of the queue."""
