"""The six roles. A skill is one module in its role's room; the workflow table names it."""
