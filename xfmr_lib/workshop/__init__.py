"""For those who run the book: execute notebooks, clean them, measure them, check the machine.

Nothing in a chapter imports this package; it imports the chapters.
"""
