"""Names the operations of the OpenAPI description: a list apart from the one object."""

from drf_spectacular.openapi import AutoSchema


class OperationSchema(AutoSchema):
    """Calls a GET of a `...List` or `...Collection` view `list`, so that no two names collide."""

    def get_operation_id(self) -> str:
        """Return path and action in snake case."""
        name = type(self.view).__name__
        is_list = self.method == "GET" and name.endswith(("List", "Collection"))
        action = "list" if is_list else self.method_mapping[self.method.lower()]
        return "_".join([*self._tokenize_path(), action]).replace("-", "_")
