"""Whether the business records say what ledger and audit trail say: for `manage.py verify_ledger`, which proves the ledger itself.

The chain cannot know that a loan's amount was edited beside it, nor that it was rewritten from end to end with what it
names; the records that point to it can. Every figure stands in a second place: what money moved by, in the ledger's entries
and the movements of principal; what follows from others, in those; what the bank or the funder has said, in the facts of
the audit trail. Both directions are asked: what a record says is there, and what is there has its record.
"""
