"""Break a command in every way a disk, a kill, a power cut and an editor can, and see that nothing is lost.

sweep.py         kill it, or fail it, at each of its file calls         (strace)
points.py        which of those faults differ
changes.py       what a command changes on the disk, call by call       (strace)
crashstates.py   every tree that a power cut may leave                  (a model of POSIX)
editors.py       editors that save a hundred times a second meanwhile
plots.py         what the command line has to do, from what beginnings
scenario.py      what is broken: a command, with reset, check and final
warm.py          how a command starts in a few milliseconds
trace.py         what strace says, as values
driver.py        a tiny command on the writer alone; `naive` ones that must be caught

python -m tests.faults --sample      evenly spread points, in minutes; without it: all that differ, in hours
"""
