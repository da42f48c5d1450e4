"""Papers and files made from frozen data: nothing here reads the database."""
