"""Grades as the files that learning platforms import, one module a format; `forms` lists them.

Each writes one assignment. `order` says what is to be sent, `raw` keeps an exported file byte
for byte, `matching` finds whose row it is, `reading` reads a finished file as its importer will.
"""
