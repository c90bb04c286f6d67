"""Papers made of a sealed report, and of nothing else: as PDF, as HTML. The running agent loads nothing of it."""
