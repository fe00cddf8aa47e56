"""TaskHub's database backend. The package's name holds "psqlextra": its managers check for it."""
