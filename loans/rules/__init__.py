"""Pure rules about loans, one module for each part of the domain. No database, no clock."""
