"""The background service: how it is installed, started, looked at and removed.

    systemd.py     user units and the system unit, by systemctl, loginctl and journalctl
    launchd.py     the agent, by launchctl
    unit_text.py   from a shipped unit and this machine's paths to the unit that is installed
    installed.py   which of these is here, and whose timer
    job.py         what a service needs to know: program, configuration, vault, state

The units and the agent lie in systemd/ and launchd/ of the repository, and ship in the wheel. What the service does
when it runs is in daemon/.
"""
