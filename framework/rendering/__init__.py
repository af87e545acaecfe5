"""From a typed context to a project: templates, overlays, names. Pure: nothing here touches the project's folder."""
