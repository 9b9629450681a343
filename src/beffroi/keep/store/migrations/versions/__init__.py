"""One module per change of shape; never edited once released."""
