"""Puts scripts into outputs and names for whoever reads the feedback.
"""
# %% answer
from IPython.display import HTML, Javascript, display
display(HTML("<script>alert(1)</script>"), Javascript("alert(2)"))
print("\x1b]0;title\x07\x1b[31m</pre><script>alert(3)</script>")
