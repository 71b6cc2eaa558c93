"""Rate limits: how often a person, and an address, may do something; counted in the database.

No library fits: those there are count in Django's cache, whose shared backends need a further
server to count without losing some, and whose database backend can not.
"""
