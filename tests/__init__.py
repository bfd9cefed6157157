"""Which file holds which promise: `test_<module>.py` a module, `notes/<what-it-shows>/` a note."""
