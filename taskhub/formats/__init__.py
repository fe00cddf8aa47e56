"""How TaskHub writes dates and times: sortable, unambiguous, never over two lines."""
