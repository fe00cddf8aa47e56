"""Made-up data in quantity: a pure generator of rows and a writer that copies them in.

`request` says what is wanted and whether it can be, `vocabulary` and `prose` make the texts,
`lives` decides what happens to each task and when, `documents` and `tasks` turn it into `rows` in
COPY's text form, `generator` puts them in order, `writer` puts them into the database.
"""
