"""Rules of direct deposit: accounts, deposit files and the bank's file format. Pure."""
