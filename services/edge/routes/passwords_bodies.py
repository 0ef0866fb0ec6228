"""Bodies about passwords."""

from services.edge.bodies import Body, Password


class PasswordChangeRequest(Body):
    """One's present password, a temporary one perhaps, and the one that takes its place (REG-15)."""

    current_password: Password
    new_password: Password
