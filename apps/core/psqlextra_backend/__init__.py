"""TaskHub's database backend. The package's name must hold "psqlextra": its manager checks for it."""
