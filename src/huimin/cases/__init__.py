"""Cases 联办: how a case and its steps may move, and which steps an opening case has."""
