"""Private local servers and a process supervisor: real processes, loopback only, data under one directory."""
