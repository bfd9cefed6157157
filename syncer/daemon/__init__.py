"""The pass on a clock: what runs between two syncs, for years.

    worker.py      the loop: polls, signals, reload, stop
    world.py       what it has of the world: clocks, polls, whom to tell
    timetable.py   when is the next poll? whatever the clocks do
    clockwork.py   APScheduler, kept on the timetable
    child.py       one poll: a process of its own, with a time limit
    outcome.py     what that process tells when it ends
    bell.py        waiting for a signal, a child or a moment
    facts.py       what `syncer status` finds of all this
    sd_notify.py   what systemd is told
    trouble.py     when and how a person hears of it

Each poll is `syncer once` in a child: whatever hangs in it (a keyring, a name look-up, a disk) can be ended, its memory
is given back, and an upgrade takes effect. This process loads no HTTP client and no keyring, and opens no database.
"""
