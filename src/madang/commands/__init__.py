"""The command line: ``madang NAME`` is the function NAME of the file NAME here.

Beside the commands stand ``cli`` (the list of them, and what happens to an error), ``signature``
(a command line by a function's signature), ``words`` (which of its words is an option) and
``output`` (what a command says while it works).
"""
