"""Use cases of notification: whom to know, which mails to send, and how one mail is delivered (``courier``)."""
