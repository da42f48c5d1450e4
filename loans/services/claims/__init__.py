"""Claims: drafted and filed by the bank, spoken on by centre and offices, ordered by the owners, paid by the bank (domain §3.9)."""
