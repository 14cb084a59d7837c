"""摸底: who must record what by when, how complete it is, and the form that fills it in on a phone without a signal."""
