"""The page of figures in the console. It has no model: the site serves it (taskhub.admin_site)."""
