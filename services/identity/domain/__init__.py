"""Rules of identity: pure, without messages and without storage."""
