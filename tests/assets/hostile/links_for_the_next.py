"""Leaves links, a pipe and odd names in scratch, for whoever reads or cleans it.
"""
# %% answer
import os
os.symlink("/etc", "etc")
os.symlink(".", "round")
os.symlink("@COURSE@", "course")
os.mkfifo("pipe.csv")
os.mkfifo("p3.ipynb")
open("two\nlines.txt", "w").write("x")
open("\udcff.txt", "w").write("x")
open("-rf", "w").write("x")
os.mkdir("deep")
here = os.getcwd()
for _ in range(900):
    os.mkdir("d")
    os.chdir("d")
os.chdir(here)
