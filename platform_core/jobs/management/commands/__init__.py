"""`manage.py worker`, `manage.py scheduler`."""
