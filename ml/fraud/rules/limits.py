"""How large a rule may be: what keeps one evaluation far below a millisecond."""

MAX_CHARACTERS = 4_000  # of a rule's text
MAX_DEPTH = 32  # brackets, calls and signs inside each other
MAX_PARTS = 300  # nodes of the tree
MAX_LIST = 500  # values of one list
MAX_STRING = 200  # characters of one string in a rule
MAX_NAME = 200  # characters of a field's name
MAX_VALUE = 512  # characters of an event's string that count; what follows is not read
