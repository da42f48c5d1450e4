"""一企一档 as data: one description its page, PDF and XLSX are made from."""
