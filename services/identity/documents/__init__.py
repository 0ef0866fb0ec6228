"""Documents as PDF (fpdf2). The same facts give the same bytes, so that a document can be made again and compared."""
