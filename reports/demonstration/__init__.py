"""The demonstration: the programme of 2012–2014 replayed through the services, and a living one around today.

`cast` makes organisations and people, `plan` says what happened in 2012–2014 as plain data, `history` lets it happen,
`living` makes the programme a newcomer works in. Nothing here writes but through services.
"""
