"""The API's building blocks: what every resource shares, and nothing about any of them."""
